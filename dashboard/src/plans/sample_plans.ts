// Plans for tests: as they may be, made from a seed.
import type { Content, Step, Wave } from "./content";

export const CHECK: Step = {
  ...{ type: "HTTP", name: "Shop answers", timeoutSeconds: 300, optional: false, method: "GET" },
  ...{ url: "http://{privateIp}/health", serverName: "", expectedStatus: 200 },
};

export function wave(number: number, name: string, fields: Partial<Wave> = {}): Wave {
  return {
    ...{ number, name, protectionGroupIds: [`pg-${name}`], dependsOn: number > 1 ? [number - 1] : [] },
    ...{ delaySeconds: 0, onFailure: "STOP", minSuccessPercent: null, timeoutMinutes: 120 },
    ...{ approvalRequired: false, preActions: [], postActions: [], validations: [] },
    ...fields,
  };
}

export function content(waves: Wave[], fields: Partial<Content> = {}): Content {
  return {
    ...{ name: "Storefront", description: "", owner: "Shop team", rtoMinutes: 60, rpoMinutes: 15 },
    ...{ timeoutMinutes: 1_440, priority: 3, drillTargetDays: null },
    ...{ schedule: null, notificationEmails: [], waves },
    approval: { twoPerson: false, timeoutMinutes: 1_440 },
    cleanup: { onSuccessMinutes: null, onFailureMinutes: null },
    ...fields,
  };
}

/** Numbers from 0 to 1 that a seed determines (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A valid plan of 1 to 8 waves. */
export function anyContent(seed: number): Content {
  const chance = random(seed);
  const count = 1 + Math.floor(chance() * 8);
  const waves = Array.from({ length: count }, (_, index) =>
    wave(index + 1, `wave ${String.fromCharCode(97 + index)}`, {
      dependsOn: Array.from({ length: index }, (_unused, before) => before + 1).filter(() => chance() < 0.4),
      delaySeconds: Math.floor(chance() * 3) * 60,
      onFailure: (["STOP", "CONTINUE", "PAUSE"] as const)[Math.floor(chance() * 3)] ?? "STOP",
      approvalRequired: chance() < 0.3,
      validations: chance() < 0.3 ? [CHECK] : [],
    }),
  );
  return content(waves, { rtoMinutes: chance() < 0.5 ? null : 60 });
}

export const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);
