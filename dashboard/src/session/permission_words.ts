import type { Permission } from "./permissions";

/** What a role may allow, in words; what everybody may do is not listed. */
const WORDS: Record<Exclude<Permission, "public" | "signed-in">, string> = {
  view: "See plans, groups, servers and executions",
  "start-drill": "Start a drill",
  "start-recovery": "Start a recovery",
  "control-execution": "Pause, resume and cancel executions, and decide on failed waves",
  approve: "Approve waves",
  "terminate-instances": "Terminate the instances of drills",
  "terminate-recovery": "Terminate the instances of recoveries",
  "create-plans": "Make plans",
  "modify-plans": "Change plans",
  "delete-plans": "Delete plans",
  "create-groups": "Make protection groups",
  "modify-groups": "Change protection groups and their launch settings",
  "delete-groups": "Delete protection groups",
  "delete-executions": "Delete executions",
  "manage-accounts": "Connect and remove accounts",
  "manage-settings": "Change settings",
  "run-syncs": "Run syncs",
  export: "Export the configuration",
  import: "Import a configuration",
  "view-audit": "Read the audit log",
};

export const PERMISSION_WORDS = (Object.keys(WORDS) as (keyof typeof WORDS)[]).map((permission) => ({
  permission,
  words: WORDS[permission],
}));
