import { expect, it } from "vitest";
import type { Row } from "../servers/gathered";
import { MOST_SHOWN, shownUnder, timesOf } from "./server_times";

const START = Date.parse("2026-11-26T02:14:00Z");
const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString();
const NOW = START + 20 * 60_000;

function row(hostname: string, status: Row["status"], from: number | null, to: number | null): Row {
  const details = { startedAt: from === null ? null : at(from), endedAt: to === null ? null : at(to) };
  return {
    ...{ sourceServerId: `s-${hostname}`, hostname, waveNumber: 1, status },
    details: details as Row["details"],
  };
}

it("shows failed servers first, then the slowest, and no more than twenty of one wave", () => {
  const rows = [
    row("quick", "LAUNCHED", 0, 2),
    row("bad", "FAILED", 0, 1),
    row("still", "LAUNCHING", 5, null),
    row("slow", "LAUNCHED", 0, 9),
    row("not-yet", "NOT_STARTED", null, null),
    { ...row("other", "FAILED", 0, 1), waveNumber: 2 },
  ];
  const { shown, count } = shownUnder(rows, 1, NOW);
  expect(shown.map(({ hostname }) => hostname)).toEqual(["bad", "still", "slow", "quick", "not-yet"]);
  expect(count).toBe(5);
  const many = Array.from({ length: 240 }, (_, index) => row(`web-${index}`, "LAUNCHED", 0, 1));
  expect(shownUnder(many, 1, NOW)).toMatchObject({ count: 240, shown: { length: MOST_SHOWN } });
});

it("shows no phases that are not known, and the checks of the server itself", () => {
  const nothing = { lines: [], steps: [] };
  expect(timesOf(row("web", "NOT_STARTED", null, null), nothing, NOW)).toMatchObject({
    whole: null,
    segments: [],
  });
  const steps = [
    { phase: "VALIDATION", sourceServerId: "s-web", startedAt: at(6), endedAt: at(7) },
    { phase: "VALIDATION", sourceServerId: "s-web", startedAt: at(6), endedAt: null },
    { phase: "POST_ACTION", sourceServerId: "s-web", startedAt: at(1), endedAt: at(2) },
    { phase: "VALIDATION", sourceServerId: "s-db", startedAt: at(1), endedAt: at(2) },
  ] as unknown as Parameters<typeof timesOf>[1]["steps"];
  expect(timesOf(row("web", "LAUNCHED", 0, 5), { lines: [], steps }, NOW).segments).toEqual([
    { letter: "V", from: START + 6 * 60_000, to: NOW },
  ]);
});
