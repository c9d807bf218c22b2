import { describe, expect, it } from "vitest";
import { anyContent, CHECK, content, SEEDS, wave } from "../sample_plans";
import { differences } from "./differences";

const nameOf = (id: string) => id.replace("pg-", "");
const BASE = content([wave(1, "Data"), wave(2, "App"), wave(3, "Web", { dependsOn: [1, 2] })]);
const web = (fields: Parameters<typeof wave>[2]) =>
  differences(
    BASE,
    content([wave(1, "Data"), wave(2, "App"), wave(3, "Web", { dependsOn: [1, 2], ...fields })]),
    nameOf,
  );

describe("differences of two versions", () => {
  it("are grouped by wave, in sentences", () => {
    const after = { dependsOn: [2], approvalRequired: true, protectionGroupIds: ["pg-Web", "pg-web-west"] };
    expect(web(after)).toEqual([
      {
        title: "Wave 3 Web",
        sentences: [
          "Group web-west added.",
          "Waits for wave 2 (before: waves 1 and 2).",
          "Approval required (before: not required).",
        ],
      },
    ]);
  });

  it("follow a wave that was moved, and do not call its dependencies changed", () => {
    const moved = content([
      wave(1, "Cache", { dependsOn: [] }),
      wave(2, "Data", { dependsOn: [] }),
      wave(3, "App"),
      wave(4, "Web", { dependsOn: [2, 3] }),
    ]);
    expect(differences(BASE, moved, nameOf)).toEqual([
      {
        title: "Wave 1 Cache",
        sentences: [
          "Added with the group Cache.",
          "Waits for nothing.",
          "A failure stops the run; all CRITICAL servers; limit 2 h.",
        ],
      },
      { title: "Wave 2 Data", sentences: ["Is wave 2 (before: wave 1)."] },
      { title: "Wave 3 App", sentences: ["Is wave 3 (before: wave 2)."] },
      { title: "Wave 4 Web", sentences: ["Is wave 4 (before: wave 3)."] },
    ]);
  });

  it("know a renamed wave by its groups", () => {
    expect(web({ name: "Web servers" })).toEqual([
      { title: "Wave 3 Web servers", sentences: ["Is called Web servers (before: Web)."] },
    ]);
  });

  it("name a wave that is gone, and that another no longer waits for it", () => {
    const after = content([wave(1, "Data"), wave(2, "Web", { dependsOn: [1] })]);
    expect(differences(BASE, after, nameOf)).toEqual([
      {
        title: "Wave 2 Web",
        sentences: ["Is wave 2 (before: wave 3).", "Waits for wave 1 (before: waves 1 and 2)."],
      },
      { title: "Wave 2 App", sentences: ["Removed."] },
    ]);
  });

  it("name what is different in a step", () => {
    const before = content([wave(1, "Web", { validations: [CHECK] })]);
    const after = content([
      wave(1, "Web", { validations: [{ ...CHECK, timeoutSeconds: 60, optional: true }] }),
    ]);
    expect(differences(before, after, nameOf)[0]?.sentences).toEqual([
      "Check “Shop answers”: time limit in seconds 60 (before: 300), optional yes (before: no).",
    ]);
    expect(differences(before, content([wave(1, "Web")]), nameOf)[0]?.sentences).toEqual([
      "Check “Shop answers” removed.",
    ]);
  });

  it("have the rules of the plan first", () => {
    const schedule = { cron: "0 3 * * SUN", timeZone: "Europe/Berlin", blackouts: [] };
    const after = {
      ...BASE,
      rtoMinutes: null,
      priority: 1,
      schedule,
      notificationEmails: ["ops@example.com"],
    };
    expect(differences(BASE, after, nameOf)).toEqual([
      {
        title: "The plan",
        sentences: [
          "RTO no target (before: 1 h).",
          "Priority 1 (before: 3).",
          "Drills start by the schedule 0 3 * * SUN in Europe/Berlin.",
          "ops@example.com is told.",
        ],
      },
    ]);
  });
});

describe.each(SEEDS)("of any plan (%i)", (seed) => {
  const [one, other] = [anyContent(seed), anyContent(seed + 1_000)];

  it("a version does not differ from itself, whatever the order of its keys", () => {
    expect(differences(one, structuredClone(one), nameOf)).toEqual([]);
    const reversed = JSON.parse(JSON.stringify(one), (_, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    expect(differences(one, reversed, nameOf)).toEqual([]);
  });

  it("no difference goes unsaid, and each is said in both directions", () => {
    const isEqual = JSON.stringify(one) === JSON.stringify(other);
    expect(differences(one, other, nameOf).length === 0).toBe(isEqual);
    expect(differences(other, one, nameOf).length === 0).toBe(isEqual);
  });
});
