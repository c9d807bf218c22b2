import { describe, expect, it } from "vitest";
import { aDetail, aWave, NONE } from "../examples";
import type { Offer } from "../run";
import { dependentsOf, instancesLeft, wordingOf } from "./wording";

function offer(action: Offer["action"], waveNumber: number | null = null, confirm = ""): Offer {
  return {
    action,
    waveNumber,
    confirm,
    allowed: true,
    reason: "",
    consequence: "",
    permission: "approve",
    operation: "",
  };
}

const WAVES = [
  aWave(1, {
    status: "AWAITING_DECISION",
    launchedCount: 7,
    counts: { ...NONE, launched: 7, failed: 2 },
  }),
  aWave(2, { status: "AWAITING_APPROVAL", dependsOn: [1] }),
  aWave(3, { dependsOn: [2] }),
];
const DRILL = aDetail(WAVES);
const RECOVERY = aDetail(WAVES, { mode: "RECOVERY", planName: "storefront" });
const ALL = (
  [
    "PAUSE",
    "RESUME",
    "CANCEL",
    "TERMINATE_INSTANCES",
    "DELETE",
    "APPROVE",
    "RETRY",
    "SKIP",
    "REJECT",
  ] as const
).map((action) => offer(action, ["APPROVE", "RETRY", "SKIP", "REJECT"].includes(action) ? 1 : null));

describe("every dialog", () => {
  it.each(ALL)("names its act on the button, and the way out after what stays ($action)", (each) => {
    for (const detail of [DRILL, RECOVERY]) {
      const { title, act, safe } = wordingOf(each, detail);
      expect(title).toMatch(/^[A-Z].*\?$/);
      expect([act, safe]).not.toContain("OK");
      expect([act, safe]).not.toContain("Yes");
      expect(act).not.toBe(safe);
    }
  });

  it("demands the typed word for what ends something", () => {
    expect(wordingOf(offer("CANCEL"), DRILL).toType).toBe("cancel");
    expect(wordingOf(offer("DELETE"), RECOVERY).toType).toBe("delete");
    expect(wordingOf(offer("TERMINATE_INSTANCES"), DRILL).toType).toBe("terminate");
    expect(wordingOf(offer("TERMINATE_INSTANCES", null, "storefront"), RECOVERY).toType).toBe("storefront 7");
    expect(wordingOf(offer("PAUSE"), RECOVERY).toType).toBe("");
  });
});

it("lets a wave be skipped without typing only if it is known that no CRITICAL server is missing", () => {
  expect(wordingOf(offer("SKIP", 1), DRILL, { criticalMissing: false }).toType).toBe("");
  expect(wordingOf(offer("SKIP", 1), DRILL, { criticalMissing: true }).toType).toBe("skip");
  expect(wordingOf(offer("SKIP", 1), DRILL, { criticalMissing: null }).toType).toBe("skip");
  expect(wordingOf(offer("SKIP", 1), DRILL).toType).toBe("skip");
});

it("asks for a reason before recovered instances are terminated or a wave is skipped", () => {
  expect(wordingOf(offer("TERMINATE_INSTANCES"), RECOVERY).field?.isRequired).toBe(true);
  expect(wordingOf(offer("TERMINATE_INSTANCES"), DRILL).field).toBeNull();
  expect(wordingOf(offer("SKIP", 1), DRILL).field?.isRequired).toBe(true);
});

it("calls the rejection of a failed wave giving it up", () => {
  expect(wordingOf(offer("REJECT", 1), DRILL).act).toBe("Give up wave 1");
  expect(wordingOf(offer("REJECT", 2), DRILL).act).toBe("Reject wave 2");
  expect(wordingOf(offer("REJECT", 1), DRILL).more.join()).toContain("2 waves that depend on it");
});

it("finds everything that depends on a wave, once", () => {
  const diamond = [
    aWave(1),
    aWave(2, { dependsOn: [1] }),
    aWave(3, { dependsOn: [1] }),
    aWave(4, { dependsOn: [2, 3] }),
  ];
  expect(dependentsOf(1, diamond)).toEqual([2, 3, 4]);
  expect(dependentsOf(4, diamond)).toEqual([]);
});

it("counts the instances that are left as the API does", () => {
  expect(instancesLeft(WAVES)).toBe(7);
  expect(instancesLeft([aWave(1, { launchedCount: 3, counts: { ...NONE, terminated: 1 } })])).toBe(2);
});
