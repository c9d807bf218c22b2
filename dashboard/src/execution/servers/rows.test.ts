import { expect, it } from "vitest";
import { STATES, selectionOf } from "../selection";
import type { Row } from "./gathered";
import { byUrgency, filtered, placesOf } from "./rows";

const row = (hostname: string, status: Row["status"], facts: object = {}): Row => ({
  sourceServerId: `s-${hostname}`,
  hostname,
  waveNumber: 1,
  status,
  details: {
    accountId: "222233334444",
    region: "us-east-1",
    error: "",
    startedAt: null,
    ...facts,
  } as Row["details"],
});
const PLAIN = selectionOf(new URLSearchParams());

it("puts failed servers first, then the left out, then what launches longest", () => {
  const rows = [
    row("web-10", "LAUNCHED"),
    row("web-9", "LAUNCHED"),
    row("new", "LAUNCHING", { startedAt: "2026-11-26T02:20:00Z" }),
    row("unread", "LAUNCHING"),
    row("old", "LAUNCHING", { startedAt: "2026-11-26T02:10:00Z" }),
    row("out", "EXCLUDED"),
    row("bad", "FAILED"),
  ];
  const names = ["bad", "out", "old", "new", "unread", "web-9", "web-10"];
  expect(byUrgency(rows).map(({ hostname }) => hostname)).toEqual(names);
  expect(byUrgency([...rows].reverse()).map(({ hostname }) => hostname)).toEqual(names);
});

it("shows all that match every part of the filter", () => {
  const rows = STATES.flatMap((status) => [
    row(`${status}-1`, status),
    row(`${status}-2`, status, { region: "eu" }),
  ]);
  expect(filtered(rows, PLAIN)).toHaveLength(rows.length);
  for (const state of STATES) {
    expect(filtered(rows, { ...PLAIN, state })).toHaveLength(2);
    expect(filtered(rows, { ...PLAIN, state, region: "eu" })).toHaveLength(1);
  }
  expect(filtered(rows, { ...PLAIN, text: " failed-1 " })).toHaveLength(1);
  expect(filtered(rows, { ...PLAIN, wave: 2 })).toHaveLength(0);
});

it("names each place once", () => {
  expect(placesOf([row("a", "FAILED"), row("b", "FAILED")])).toEqual({
    accounts: ["222233334444"],
    regions: ["us-east-1"],
  });
});
