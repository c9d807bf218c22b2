import { expect, it } from "vitest";
import { endOf, failuresOf, inOrder, type JobLog, serversOf } from "./jobs";

const line = (event: string, sourceServerId = "", at: string | null = null, error = "") => ({
  event,
  sourceServerId,
  at,
  error,
  instanceId: "",
  conversionServerId: "",
});
const job = (lines: JobLog["lines"]): JobLog => ({
  lines,
  jobId: "drsjob-1",
  accountId: "1",
  region: "r",
  waveNumber: 1,
  problem: "",
});

it("does not guess at a job without a log", () => {
  expect(endOf(job([]))).toBe("unknown");
  expect(endOf(job([line("JOB_START")]))).toBe("running");
  expect(endOf(job([line("JOB_START"), line("JOB_END")]))).toBe("ended");
});

it("counts servers once, and failures by line", () => {
  const log = job([line("LAUNCH_START", "a"), line("LAUNCH_FAIL", "a"), line("LAUNCH_END", "b")]);
  expect([serversOf(log), failuresOf(log)]).toEqual([2, 1]);
});

it("puts lines in the order of time", () => {
  const lines = [line("C"), line("B", "", "2026-01-02T00:00:00Z"), line("A", "", "2026-01-01T00:00:00Z")];
  expect(inOrder(lines).map(({ event }) => event)).toEqual(["A", "B", "C"]);
});
