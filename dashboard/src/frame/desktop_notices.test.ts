import { expect, it } from "vitest";
import type { Decision } from "../home/use_dashboard";
import { newsOf, noticeOf } from "./desktop_notices";

const decision = (waveNumber: number, more: Partial<Decision> = {}) =>
  ({
    executionId: "exec-1",
    planName: "storefront",
    mode: "RECOVERY",
    waveNumber,
    waveName: "Web servers",
    kind: "APPROVAL",
    since: "2026-11-26T02:14:07Z",
    allowed: true,
    ...more,
  }) as Decision;

it("shows once what has begun to wait for this person", () => {
  const first = newsOf(undefined, [decision(1)]);
  expect(first.toTell).toEqual([]);
  const second = newsOf(first.waiting, [decision(1), decision(2), decision(3, { allowed: false })]);
  expect(second.toTell.map(({ waveNumber }) => waveNumber)).toEqual([2]);
  expect(newsOf(second.waiting, [decision(1), decision(2)]).toTell).toEqual([]);
  const again = [decision(2, { since: "2026-11-26T03:00:00Z" })];
  expect(newsOf(newsOf(second.waiting, []).waiting, again).toTell).toEqual(again);
});

it("says what waits, in a sentence", () => {
  expect(noticeOf(decision(4))).toEqual({
    title: "RECOVERY of storefront waits for you",
    body: "Wave 4 Web servers needs an approval.",
  });
});
