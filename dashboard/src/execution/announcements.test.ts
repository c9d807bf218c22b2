import { expect, it } from "vitest";
import { changesOf } from "./announcements";
import { aDetail, aWave, NONE } from "./examples";

it("says nothing when nothing has changed", () => {
  expect(changesOf(aDetail([aWave(1)]), aDetail([aWave(1)]))).toEqual({ decisions: [], changes: [] });
});

it("tells decisions from what merely goes on", () => {
  const before = aDetail([aWave(1), aWave(2)]);
  const after = aDetail(
    [
      aWave(1, { status: "COMPLETED", counts: { ...NONE, launched: 4 } }),
      aWave(2, { status: "AWAITING_APPROVAL" }),
    ],
    { status: "PAUSED" },
  );
  expect(changesOf(before, after)).toEqual({
    decisions: ["Wave 2 Wave 2: Needs approval, 0 of 4 servers launched."],
    changes: ["The execution is now Paused.", "Wave 1 Wave 1: Completed, 4 of 4 servers launched."],
  });
});
