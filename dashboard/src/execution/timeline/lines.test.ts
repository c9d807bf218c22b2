import { expect, it } from "vitest";
import { filteredLines, isByPerson, kindInWords, type Line, withFirst, withNew, withOlder } from "./lines";

const line = (eventId: string, facts: Partial<Line> = {}): Line => ({
  eventId,
  executionId: "e",
  at: "2026-11-26T02:14:00Z",
  kind: "WAVE_STARTED",
  message: `Wave ${eventId} starts.`,
  waveNumber: 1,
  details: {},
  notice: "",
  ...facts,
});
const page = (items: Line[], nextCursor: string | null = null) => ({ items, nextCursor, nextAfter: "01" });
const ids = (lines: readonly Line[]) => lines.map(({ eventId }) => eventId);

it("has every line once, newest first, in whatever order the pages come", () => {
  const first = withFirst(page([line("05"), line("04")], "older"));
  const news = withNew(first, [line("04"), line("05"), line("06")], "03");
  expect(ids(withOlder(news, page([line("02"), line("01")])).lines)).toEqual(["06", "05", "04", "02", "01"]);
});

it("is the same object when what is sent again is all known", () => {
  const first = withFirst(page([line("05"), line("04")]));
  expect(withNew(first, [line("05"), line("04")], "01")).toBe(first);
});

it("filters by wave, kind, people and text together", () => {
  const lines = [
    line("01"),
    line("02", { waveNumber: 2 }),
    line("03", { kind: "WAVE_APPROVED", message: "Approved by manager@example.com." }),
  ];
  const all = { wave: null, kind: "", peopleOnly: false, text: "" };
  expect(filteredLines(lines, all)).toHaveLength(3);
  expect(ids(filteredLines(lines, { ...all, wave: 2 }))).toEqual(["02"]);
  expect(ids(filteredLines(lines, { ...all, peopleOnly: true }))).toEqual(["03"]);
  expect(ids(filteredLines(lines, { ...all, text: "MANAGER" }))).toEqual(["03"]);
  expect(filteredLines(lines, { ...all, kind: "WAVE_STARTED", text: "manager" })).toEqual([]);
});

it("knows a pause by a time limit from one by a person", () => {
  expect(isByPerson(line("01", { kind: "EXECUTION_PAUSED" }))).toBe(true);
  expect(isByPerson(line("01", { kind: "EXECUTION_PAUSED", details: { cause: "APPROVAL_TIMED_OUT" } }))).toBe(
    false,
  );
});

it("writes kinds as words", () => {
  expect(kindInWords("JOB_ENDED")).toBe("Job ended");
});
