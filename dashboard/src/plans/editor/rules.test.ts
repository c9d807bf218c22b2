import { describe, expect, it } from "vitest";
import type { Step } from "../content";
import { anyContent, CHECK, content, SEEDS, wave } from "../sample_plans";
import { EMPTY } from "./edits";
import { nameProblem, plainName } from "./names";
import { at, problemsOf, waveOf } from "./rules";
import { cronProblem } from "./schedule_rules";
import { urlProblem } from "./step_rules";

const fields = (problems: { field: string }[]) => problems.map(({ field }) => field);
const withStep = (step: Step, phase = "validations") =>
  fields(problemsOf(content([wave(1, "Web", { [phase]: [step] })])));

describe.each(SEEDS)("any valid plan (%i)", (seed) => {
  it("has no problem", () => expect(problemsOf(anyContent(seed))).toEqual([]));
});

describe("a plan", () => {
  it("that is new lacks names and a group", () => {
    expect(fields(problemsOf(EMPTY))).toEqual(["name", "waves[0].name", "waves[0].protectionGroupIds"]);
  });

  it.each([
    ["rtoMinutes", { rtoMinutes: 0 }],
    ["rpoMinutes", { rpoMinutes: Number.NaN }],
    ["timeoutMinutes", { timeoutMinutes: 1.5 }],
    ["approval.timeoutMinutes", { approval: { twoPerson: false, timeoutMinutes: 43_201 } }],
    ["cleanup.onSuccessMinutes", { cleanup: { onSuccessMinutes: -1, onFailureMinutes: 0 } }],
    ["notificationEmails[1]", { notificationEmails: ["a@example.com", "A@example.com "] }],
    ["notificationEmails[0]", { notificationEmails: ["Ops <ops@example.com>"] }],
    ["schedule.cron", { schedule: { cron: "0 3 * *", timeZone: "UTC", blackouts: [] } }],
    ["schedule.timeZone", { schedule: { cron: "0 3 * * *", timeZone: "Mars/Base", blackouts: [] } }],
    ["waves", { waves: [] }],
  ])("names the field %s", (field, change) => {
    expect(fields(problemsOf(content([wave(1, "Data")], change)))).toEqual([field]);
  });

  it("has each group in one wave only, and no cycle", () => {
    const twice = content([wave(1, "Data"), wave(2, "App", { protectionGroupIds: ["pg-App", "pg-Data"] })]);
    expect(problemsOf(twice)).toEqual([
      {
        field: "waves[1].protectionGroupIds[1]",
        message: "a group of this wave is already in wave 1; a group can be in only one wave",
      },
    ]);
    const cycle = content([wave(1, "Data", { dependsOn: [2] }), wave(2, "App")]);
    expect(problemsOf(cycle)).toEqual([
      {
        field: "waves[0].dependsOn",
        message: "the dependencies form a cycle: 1 → 2 → 1; remove one of them",
      },
    ]);
  });
});

describe("names", () => {
  it.each(["Storefront", "Web – 2", "データベース server", "Zürich"])("may be %s", (name) =>
    expect(nameProblem(name)).toBe(""),
  );
  it.each(["", "   ", "x".repeat(65), "a\u200bb", "Stоrefront"])("may not be %j", (name) =>
    expect(nameProblem(name)).not.toBe(""),
  );
  it("are stored with single blanks", () => expect(plainName("  Web   servers ")).toBe("Web servers"));
});

describe("steps", () => {
  it("are checked by their kinds, each at its field", () => {
    const lambda: Step = {
      type: "LAMBDA",
      name: "Switch",
      timeoutSeconds: 61,
      optional: false,
      function: "switch",
      payload: {},
    };
    expect(withStep(lambda)).toEqual([
      "waves[0].validations[0].timeoutSeconds",
      "waves[0].validations[0].function",
    ]);
    const command: Step = {
      type: "SSM_COMMAND",
      name: "Run",
      timeoutSeconds: 60,
      optional: false,
      document: "",
      commands: [],
      parameters: {},
    };
    expect(withStep(command)).toEqual(["waves[0].validations[0]"]);
    expect(withStep({ ...command, commands: ["true"] })).toEqual([]);
    expect(withStep({ ...command, document: "dr-step-x", parameters: "{" as never })).toEqual([
      "waves[0].validations[0].parameters",
    ]);
  });

  it("of instances cannot come before the launch", () => {
    expect(withStep(CHECK, "preActions")).toEqual(["waves[0].preActions[0]"]);
    expect(withStep({ ...CHECK, url: "https://shop.example.com" } as Step, "preActions")).toEqual([]);
  });

  it.each([
    "http://shop.example.com/health",
    "https://10.0.0.1:8443/",
    "http://{privateIp}:8080/x",
    "http://[2001:db8::1]/",
  ])("may ask %s", (url) => expect(urlProblem(url)).toBe(""));
  it.each([
    "ftp://x",
    "http://a b",
    "https://user:word@x.example",
    "http://exa_mple.com",
    "http://",
    "http://x:0/",
  ])("may not ask %s", (url) => expect(urlProblem(url)).not.toBe(""));

  it("need the name on the certificate for https to servers", () => {
    const step = { ...CHECK, url: "https://{privateIp}/health" } as Step;
    expect(withStep(step)).toEqual(["waves[0].validations[0].serverName"]);
    expect(withStep({ ...step, serverName: "shop.example.com" } as Step)).toEqual([]);
  });
});

it.each(["0 3 * * *", "15 0-6 1,15 JAN-MAR MON", "0 0 29 2 SUN/2"])("takes the schedule %s", (cron) =>
  expect(cronProblem(cron)).toBe(""),
);
it.each([
  "",
  "0 3 * *",
  "60 3 * * *",
  "*/15 3 * * *",
  "0 3 * * FRI-MON",
  "0 3 * * */0",
  "0 *-5 * * *",
  "0 x * * *",
])("refuses the schedule %s", (cron) => expect(cronProblem(cron)).not.toBe(""));

it("finds the problems of a field and of what is in it", () => {
  const problems = [
    { field: "waves[1].dependsOn[0]", message: "One." },
    { field: "waves[1].name", message: "Two." },
    { field: "waves[10].name", message: "Three." },
  ];
  expect(at(problems, "waves[1].dependsOn")).toBe("One.");
  expect(at(problems, "waves[1]")).toBe("One. Two.");
  expect(problems.map(waveOf)).toEqual([2, 2, 11]);
});
