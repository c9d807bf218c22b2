// The launch settings in words: one entry for each field of the API.
import type { Schemas } from "../api/schemas";

export type LaunchSettings = Schemas["LaunchSettings"];
export type FieldName = keyof LaunchSettings;
export type Level = "default" | "group" | "server";

export interface Field {
  name: FieldName;
  label: string;
  kind: "yes-no" | "choice" | "text" | "list" | "tags" | "byol" | "instance";
  choices?: readonly string[];
  /** What EC2 offers in the account and Region, to choose from. */
  offered?: "subnets" | "security-groups" | "instance-types" | "instance-profiles";
  /** The levels that may set it: a subnet belongs to one account and Region, a static address to one server. */
  levels: readonly Level[];
}

const ALL: readonly Level[] = ["default", "group", "server"];
const NO_DEFAULT: readonly Level[] = ["group", "server"];
const SERVER: readonly Level[] = ["server"];

// The compiler demands every field of the API.
const FIELD: Record<FieldName, Omit<Field, "name">> = {
  subnetId: { label: "Subnet", kind: "text", offered: "subnets", levels: NO_DEFAULT },
  securityGroupIds: {
    label: "Security groups",
    kind: "list",
    offered: "security-groups",
    levels: NO_DEFAULT,
  },
  instanceType: { label: "Instance type", kind: "text", offered: "instance-types", levels: ALL },
  targetInstanceTypeRightSizingMethod: {
    label: "Instance type is chosen by DRS",
    kind: "choice",
    choices: ["NONE", "BASIC", "IN_AWS"],
    levels: ALL,
  },
  instanceProfile: { label: "Instance profile", kind: "text", offered: "instance-profiles", levels: ALL },
  launchDisposition: {
    label: "After the launch",
    kind: "choice",
    choices: ["STARTED", "STOPPED"],
    levels: ALL,
  },
  recoveryMode: { label: "Conversion", kind: "choice", choices: ["OPTIMAL", "FAST"], levels: ALL },
  copyPrivateIp: { label: "Copy the private address", kind: "yes-no", levels: ALL },
  staticPrivateIp: { label: "Private address", kind: "text", levels: SERVER },
  associatePublicIp: { label: "Public address", kind: "yes-no", levels: ALL },
  copyTags: { label: "Copy the tags", kind: "yes-no", levels: ALL },
  tags: { label: "Tags", kind: "tags", levels: ALL },
  licensing: { label: "Licence of the operating system", kind: "byol", levels: ALL },
  postLaunchEnabled: { label: "Post-launch actions of DRS", kind: "yes-no", levels: ALL },
  launchIntoInstance: { label: "Launch into the instance", kind: "instance", levels: SERVER },
  monitoring: { label: "Detailed monitoring", kind: "yes-no", levels: ALL },
  ebsOptimized: { label: "Own bandwidth to the disks", kind: "yes-no", levels: ALL },
  disableApiTermination: { label: "Protected from termination", kind: "yes-no", levels: ALL },
  creditSpecification: {
    label: "CPU credits",
    kind: "choice",
    choices: ["standard", "unlimited"],
    levels: ALL,
  },
};

export const FIELDS: readonly Field[] = (Object.keys(FIELD) as FieldName[]).map((name) => ({
  name,
  ...FIELD[name],
}));

/** The label of a field that the API names; the name itself where it is not known here. */
export function labelOf(name: string): string {
  return Object.hasOwn(FIELD, name) ? FIELD[name as FieldName].label : name;
}

export const CHOICE_WORDS: Readonly<Record<string, string>> = {
  NONE: "not by DRS",
  BASIC: "by its operating system and size",
  IN_AWS: "as in AWS",
  STARTED: "started",
  STOPPED: "stays stopped",
  OPTIMAL: "optimal",
  FAST: "fast",
  standard: "standard",
  unlimited: "unlimited",
};
