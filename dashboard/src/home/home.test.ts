import { describe, expect, it } from "vitest";
import type { Schemas } from "../api/schemas";
import { countsInWords, partsOf } from "../states/counts";
import { ageInWords, drillAges, overduePlans, TARGET_PLACE } from "./drill_ages";
import { firstSteps } from "./first_steps";
import { outcomesOf } from "./outcomes";
import { rtoUsed } from "./rto";
import { drilledOf, foundInWords, readyOf, wantedPlans } from "./start_plans";
import { fullestPlaces, neverRun, readinessFigures, replicationFigures, syncFigures } from "./tiles";

const NOW = Date.parse("2026-11-27T12:00:00Z");
const ago = (minutes: number) => new Date(NOW - 60_000 * minutes).toISOString();

describe("the tiles", () => {
  it("say the worst first, and lead to the servers behind each number", () => {
    const figures = replicationFigures({ CONTINUOUS: 1012, STALLED: 3, BACKLOG: 9, PAUSED: 0 });
    expect(figures.map(({ text }) => text)).toEqual(["3 stalled", "9 behind", "1,012 up to date"]);
    expect(figures[0]?.to).toBe("/servers?replicationState=STALLED");
    expect(readinessFigures({ READY: 2, BLOCKED: 1 }).map(({ to }) => to)).toEqual([
      "/servers?readiness=BLOCKED",
      "/servers?readiness=READY",
    ]);
  });

  it("show a state that they do not know as it is, and as unknown", () => {
    expect(replicationFigures({ FLOATING: 2 })).toMatchObject([
      { text: "2 floating", family: "unknown", to: "/servers" },
    ]);
  });

  const run = (over: Partial<Schemas["SyncRun"]>): Schemas["SyncRun"] => ({
    kind: "source-server-inventory",
    startedAt: ago(3),
    endedAt: ago(2),
    outcome: "COMPLETED",
    seen: 28,
    written: 0,
    removed: 0,
    failures: {},
    durationSeconds: 60,
    accountId: "",
    ...over,
  });

  it("say how old each sync is, and that it is old after three of its intervals", () => {
    const texts = syncFigures(
      [
        run({}),
        run({ endedAt: ago(16) }),
        run({ outcome: "PARTIAL", failures: { "333344445555/us-west-2": "access denied" } }),
        run({ kind: "tags", outcome: "RUNNING", endedAt: null }),
      ],
      NOW,
    ).map(({ text, family }) => `${family}: ${text}`);
    expect(texts).toEqual([
      "attention: Inventory of servers: 16 min ago, old",
      "attention: Inventory of servers: 2 min ago, partly done, in 1 place",
      "working: Tags: running",
      "good: Inventory of servers: 2 min ago",
    ]);
  });

  it("name a sync that never ran", () => {
    expect(neverRun([run({})], ["source-server-inventory", "tags"]).map(({ text }) => text)).toEqual([
      "Tags: never run",
    ]);
  });

  it("show each place by its fullest quota, also one of which nothing is known", () => {
    const usage = (quota: Schemas["QuotaName"], percent: number): Schemas["Usage"] => ({
      quota,
      used: percent,
      limit: 100,
      percent,
      level: "OK",
    });
    const place = { accountId: "222233334444", region: "us-east-1", problems: ["access denied"] };
    const places = [
      { ...place, usages: [] },
      { ...place, usages: [usage("SOURCE_SERVERS", 3), usage("REPLICATING_SERVERS", 40)] },
    ] as unknown as Schemas["PlaceCapacity"][];
    expect(fullestPlaces(places, 5).map((each) => each.usage?.quota ?? each.problem)).toEqual([
      "access denied",
      "REPLICATING_SERVERS",
    ]);
    expect(fullestPlaces(places, 1)).toHaveLength(1);
  });
});

describe("outcomes over time", () => {
  const weeks: Schemas["WeekOutcomes"][] = [
    { monday: "2026-11-09", mode: "DRILL", ended: { FAILED: 1, COMPLETED: 2 } },
    { monday: "2026-11-09", mode: "RECOVERY", ended: { COMPLETED: 1 } },
    { monday: "2026-11-23", mode: "DRILL", ended: { VANISHED: 1 } },
  ];
  const figures = { since: "2026-11-05T12:00:00Z", weeks };

  it("have every week, also those without an execution, and lose none", () => {
    const { mondays, series, most, total } = outcomesOf(figures, "", NOW);
    expect(mondays).toEqual(["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]);
    expect(series.map(({ status, counts }) => [status, counts])).toEqual([
      ["COMPLETED", [0, 3, 0, 0]],
      ["FAILED", [0, 1, 0, 0]],
      ["VANISHED", [0, 0, 0, 1]],
    ]);
    expect([most, total]).toEqual([4, 5]);
  });

  it("are of one mode when it is chosen", () => {
    expect(outcomesOf(figures, "RECOVERY", NOW).total).toBe(1);
    expect(outcomesOf({ ...figures, weeks: [] }, "", NOW)).toMatchObject({ total: 0, most: 0, series: [] });
  });
});

describe("drill ages", () => {
  const plan = (name: string, lastDrillAt: string | null, overdueFrom: string, targetDays = 90) => ({
    planId: name,
    name,
    lastDrillAt,
    overdueFrom,
    targetDays,
    nextDrillAt: null,
  });
  const plans = [
    plan("late", ago(200 * 1_440), ago(110 * 1_440)),
    plan("new", null, "2027-02-01T00:00:00Z"),
    plan("good", ago(45 * 1_440), "2027-01-11T12:00:00Z"),
    plan("monthly", ago(15 * 1_440), "2026-12-12T12:00:00Z", 30),
  ];

  it("stand on a scale of twice the target, at its end when they are older", () => {
    const ages = drillAges(plans, NOW);
    expect(ages.map(({ place }) => place)).toEqual([100, null, 25, 25]);
    expect(TARGET_PLACE).toBe(50);
    expect(ages.map((age) => ageInWords(age).text)).toEqual(["200 d, overdue", "never", "45 d", "15 d"]);
    expect(overduePlans(plans, NOW).map(({ name }) => name)).toEqual(["late"]);
  });
});

describe("the first steps", () => {
  it("end with the first plan, and are not shown while that is not known", () => {
    expect(firstSteps({ hasAccount: true, hasGroup: true, hasPlan: true })).toBeNull();
    expect(firstSteps({ hasAccount: true, hasGroup: true, hasPlan: undefined })).toBeNull();
  });

  it("point at the first that is not done", () => {
    const steps = firstSteps({ hasAccount: true, hasGroup: false, hasPlan: false }) ?? [];
    expect(steps.map(({ isDone, isNext }) => [isDone, isNext])).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
  });
});

describe("a plan to start", () => {
  it("says the worst of its servers and its drills", () => {
    const servers = { asOf: ago(1), serverCount: 28, readyCount: 26, degradedCount: 1, blockedCount: 1 };
    expect(readyOf(servers).text).toBe("26 of 28 ready, 1 cannot launch");
    expect(readyOf({ ...servers, blockedCount: 0 }).glyph).toBe("warning");
    expect(readyOf(null).family).toBe("unknown");
    expect(drilledOf({ lastDrillAt: ago(12 * 1_440), drillOverdue: false }, NOW).text).toBe(
      "good drill 12 d ago",
    );
    expect(drilledOf({ lastDrillAt: null, drillOverdue: true }, NOW).text).toBe("never drilled, overdue");
  });

  it("is looked for only by what the API takes", () => {
    const wanted = wantedPlans(new URLSearchParams("plan= shop &account=2222&region=us-east-1"));
    expect(wanted).toEqual({ q: "shop", accountId: "", region: "us-east-1" });
    expect(foundInWords(wanted, 0, false)).toBe("No plan matches.");
    expect(foundInWords({ q: "", accountId: "", region: "" }, 0, false)).toBe("There is no plan yet.");
    expect(foundInWords(wanted, 0, true)).toContain("looks further");
  });
});

it("measures a run against its RTO only where there is one", () => {
  expect(rtoUsed(ago(70), 60, NOW)).toEqual({ minutes: 60, overSeconds: 600 });
  expect(rtoUsed(ago(31), 60, NOW)).toEqual({ minutes: 60, overSeconds: 0 });
  expect(rtoUsed(ago(31), null, NOW)).toBeNull();
});

it("counts what was terminated since among what had launched", () => {
  const counts = {
    notStarted: 0,
    launching: 0,
    launched: 1,
    validated: 2,
    failed: 1,
    excluded: 0,
    skipped: 0,
    terminated: 3,
  };
  expect(countsInWords(counts, 7)).toBe("6 of 7 servers launched · 1 failed · 3 terminated since");
  expect(countsInWords({ ...counts, terminated: 0 }, 4)).toBe("3 of 4 servers launched · 1 failed");
  expect(partsOf(counts).reduce((sum, { count }) => sum + count, 0)).toBe(7);
});
