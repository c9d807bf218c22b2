import { expect, it } from "vitest";
import { aWave, NONE } from "../examples";
import { stateInWords, waveSentence } from "./words";

const WAVES = [
  aWave(1, { status: "COMPLETED" }),
  aWave(2, { status: "EXECUTING" }),
  aWave(3, { dependsOn: [1, 2] }),
  aWave(4, { dependsOn: [2, 3] }),
  aWave(5),
];

it("says for which waves one waits, but not for those that are over", () => {
  expect(WAVES.map((wave) => stateInWords(wave, WAVES))).toEqual([
    "Completed",
    "Launching",
    "Waits for wave 2",
    "Waits for waves 2, 3",
    "Not started",
  ]);
});

it("says everything about a wave in a sentence", () => {
  const wave = aWave(3, {
    status: "AWAITING_DECISION",
    counts: { ...NONE, launched: 3, failed: 1 },
    attempt: 2,
    approvalRequired: true,
    approvedBy: "manager@example.com",
  });
  expect(waveSentence(wave)).toBe(
    "Wave 3 Wave 3: Needs decision, 3 of 4 servers launched, 1 failed, attempt 2, approved by manager@example.com",
  );
  expect(waveSentence(wave, ["passed", "open"])).toContain("1 failed, 1 of 2 steps passed, attempt 2");
});

it("says behind what a queued wave waits, and for about how long", () => {
  const text =
    "Waits for the DRS quotas in 222233334444/us-east-1, behind wave 1 'database' of the RECOVERY of 'Shop'.";
  const wave = aWave(2, { status: "QUEUED", waitingFor: { kind: "CAPACITY", text, until: null } });
  expect(waveSentence(wave)).toBe(`Wave 2 Wave 2: Queued, 0 of 4 servers launched, ${text}`);
});
