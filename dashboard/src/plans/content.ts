// What people may change of a plan: the same fields in a version, in a draft and in a request.
import type { ActInput } from "../api/client";
import type { Schemas } from "../api/schemas";

export type Wave = Schemas["Wave"];
export type Step = Wave["validations"][number];
export type StepType = Step["type"];

const FIELDS = [
  "name",
  "description",
  "owner",
  "rtoMinutes",
  "rpoMinutes",
  "timeoutMinutes",
  "priority",
  "approval",
  "cleanup",
  "drillTargetDays",
  "schedule",
  "notificationEmails",
  "waves",
] as const;

export type Content = Pick<Schemas["RecoveryPlan"], (typeof FIELDS)[number]>;

export function contentOf(plan: Content): Content {
  const { name, description, owner, rtoMinutes, rpoMinutes, timeoutMinutes, priority } = plan;
  const { approval, cleanup, drillTargetDays, schedule, notificationEmails, waves } = plan;
  return {
    ...{ name, description, owner, rtoMinutes, rpoMinutes, timeoutMinutes, priority },
    ...{ approval, cleanup, drillTargetDays, schedule, notificationEmails, waves },
  };
}

export type Body = ActInput<"post", "/recovery-plans">["body"];

/** The content as a request: every field is sent, so that nothing is taken from a default. */
export function bodyOf(content: Content): Body {
  return contentOf(content) as Body;
}

export const PHASES = ["preActions", "postActions", "validations"] as const;
export type Phase = (typeof PHASES)[number];

export const STEP_TYPES: Record<StepType, string> = {
  SSM_AUTOMATION: "Automation (Systems Manager)",
  SSM_COMMAND: "Command on the servers (Systems Manager)",
  LAMBDA: "Lambda function",
  HTTP: "HTTP request",
  TCP: "TCP port",
  EC2_STATUS: "EC2 status checks",
};
