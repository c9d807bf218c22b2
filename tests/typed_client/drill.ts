// A client of the platform, typed by its API document: it prepares a drill of a plan, and reads like prose.

import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./api.js";

type Schemas = components["schemas"];
type Failure = Schemas["Error"]["error"];
type Api = Client<paths>;

export function connect(baseUrl: string, token: string): Api {
  return createClient<paths>({ baseUrl, headers: { Authorization: token } });
}

/** All plans, page by page. */
export async function allPlans(api: Api): Promise<Schemas["RecoveryPlan"][]> {
  const found: Schemas["RecoveryPlan"][] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page = await plansFrom(api, cursor);
    found.push(...page.items.map((summary) => summary.plan));
    cursor = page.nextCursor;
  }
  return found;
}

async function plansFrom(api: Api, cursor: string): Promise<Schemas["PlanSummaryPage"]> {
  const { data, error } = await api.GET("/recovery-plans", { params: { query: { limit: 2, cursor } } });
  if (error) throw new Error(explain(error.error));
  return data;
}

/** Why servers of a plan could not be launched when it was last checked; empty if all could. */
export async function obstacles(api: Api, planId: string): Promise<string[]> {
  const { data, error } = await api.GET("/recovery-plans/{planId}/preflight", {
    params: { path: { planId }, query: { mode: "DRILL" } },
  });
  if (error) return [explain(error.error)];
  if (data.result === null) return [data.statement];
  return data.result.causes
    .filter((cause) => cause.readiness === "BLOCKED")
    .map((cause) => `${cause.count} servers, such as ${cause.servers[0]?.hostname}: ${cause.remedy}`);
}

/** Starts a drill once, however often this is called with the key. */
export async function startDrill(api: Api, planId: string, key: string): Promise<Schemas["Execution"] | Failure> {
  const { data, error } = await api.POST("/executions", {
    params: { header: { "Idempotency-Key": key } },
    body: { planId, mode: "DRILL", reason: "Quarterly drill" },
  });
  return error ? error.error : data.execution;
}

/** The body of a plan that waits before its second wave, and checks each server of the first. */
export function twoWaves(name: string, first: string, second: string): Schemas["CreateRecoveryPlanBody"] {
  return {
    name,
    waves: [
      {
        number: 1,
        name: "Databases",
        protectionGroupIds: [first],
        validations: [{ type: "TCP", name: "Port", port: 5432, host: "{privateIp}" }],
      },
      { number: 2, name: "Web", protectionGroupIds: [second], dependsOn: [1], delaySeconds: 60 },
    ],
  };
}

/** A sentence for people. Every code has one, or this does not compile. */
export function explain(failure: Failure): string {
  const hints: Record<Schemas["ErrorCode"], string> = {
    AlreadyRunning: "Wait for the other one.",
    CloudError: "Look at the account.",
    IllegalTransition: "Reload it.",
    InUse: "Look at what uses it.",
    InternalError: "Ask the operators.",
    InvalidRequest: "Correct the fields.",
    MethodNotAllowed: "Use another method.",
    NameTaken: "Choose another name.",
    NotPermitted: "Ask for the role.",
    NotSignedIn: "Sign in.",
    OutcomeUnknown: "Check before you repeat it.",
    SecondPersonNeeded: "Ask someone else to send it as well.",
    PreflightBlocked: "Repair the servers.",
    RecordNotFound: "Check the id.",
    ServersBusy: "Wait for the other execution.",
    StaleVersion: "Reload it.",
    StateConflict: "Reload it.",
    TooLarge: "Send less.",
    Throttled: "Wait a second.",
    Unavailable: "Wait a moment.",
    UnknownRoute: "Check the address.",
    Unprocessable: "Read the message.",
    UnsupportedMediaType: "Send JSON.",
  };
  return `${failure.message} ${hints[failure.code]}`;
}

/** What a step does, for people. The kinds of steps are known, each with its own fields. */
export function describe(step: Schemas["Wave"]["preActions"][number]): string {
  switch (step.type) {
    case "SSM_AUTOMATION":
    case "SSM_COMMAND":
      return `runs ${step.document}`;
    case "LAMBDA":
      return `invokes ${step.function}`;
    case "HTTP":
      return `asks ${step.url}`;
    case "TCP":
      return `connects to port ${step.port}`;
    case "EC2_STATUS":
      return "looks at the status checks";
  }
}
