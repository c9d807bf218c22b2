// What somebody can paste to repair what a validation found: the commands of the documents, filled in.
import type { Schemas } from "../api/schemas";

type Check = Pick<Schemas["AccountCheck"], "state" | "region">;
type Hub = Pick<Schemas["CurrentAccount"], "accountId" | "stage">;

/** The command that deploys the roles of a target account. The external id is the person's own to fill in. */
export function deployRoles({ accountId, stage }: Hub): string {
  return [
    "external_id=$(openssl rand -hex 24)",
    `aws cloudformation deploy --stack-name aws-drs-orchestration-target-${stage} \\`,
    "  --template-file infrastructure/target-account.yaml --capabilities CAPABILITY_NAMED_IAM \\",
    `  --parameter-overrides HubAccountId=${accountId} Stage=${stage} ExternalId="$external_id"`,
  ].join("\n");
}

/** Without a new external id: the one of the stack stays. */
export function updateRoles({ accountId, stage }: Hub): string {
  return [
    `aws cloudformation deploy --stack-name aws-drs-orchestration-target-${stage} \\`,
    "  --template-file infrastructure/target-account.yaml --capabilities CAPABILITY_NAMED_IAM \\",
    `  --parameter-overrides HubAccountId=${accountId} Stage=${stage}`,
  ].join("\n");
}

/** The command that repairs what a check found; empty where no command does. To be run in the target account. */
export function repairOf({ state, region }: Check, hub: Hub | undefined): string {
  if (state === "NOT_INITIALIZED") return `aws drs initialize-service --region ${region}`;
  if (state === "REGION_NOT_ENABLED") return `aws account enable-region --region-name ${region}`;
  if (hub === undefined) return "";
  if (state === "ROLE_NOT_ASSUMABLE") return deployRoles(hub);
  if (state === "ACCESS_DENIED") return updateRoles(hub);
  return "";
}

export interface CheckGroup {
  /** A Region; empty for the roles themselves. */
  region: string;
  checks: Schemas["AccountCheck"][];
}

/** The checks by Region, those of the roles first. */
export function byRegion(checks: readonly Schemas["AccountCheck"][]): CheckGroup[] {
  const regions = [...new Set(checks.map(({ region }) => region))].sort();
  return regions.map((region) => ({ region, checks: checks.filter((check) => check.region === region) }));
}
