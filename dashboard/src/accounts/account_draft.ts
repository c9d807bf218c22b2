import type { Schemas } from "../api/schemas";

export interface AccountDraft {
  accountId: string;
  name: string;
  readRole: string;
  operateRole: string;
  /** Typed once and shown never; empty keeps the one that is there. */
  externalId: string;
  regions: readonly string[];
}

export const NEW_ACCOUNT: AccountDraft = {
  accountId: "",
  name: "",
  readRole: "",
  operateRole: "",
  externalId: "",
  regions: [],
};

export function draftOf(account: Schemas["AccountView"]): AccountDraft {
  return {
    ...NEW_ACCOUNT,
    accountId: account.accountId,
    name: account.name,
    readRole: account.readRoleArn,
    operateRole: account.operateRoleArn,
    regions: account.regions,
  };
}

/** What is wrong by field, before the API is asked. */
export function problemsOf({ accountId, name }: AccountDraft): Partial<Record<keyof AccountDraft, string>> {
  return {
    ...(/^[0-9]{12}$/.test(accountId.trim())
      ? {}
      : { accountId: "The number of an AWS account has 12 digits." }),
    ...(name.trim() === "" ? { name: "Give the account a name." } : {}),
  };
}

export function contentOf(draft: AccountDraft) {
  return {
    name: draft.name.trim(),
    readRole: draft.readRole.trim(),
    operateRole: draft.operateRole.trim(),
    regions: [...draft.regions],
    ...(draft.externalId === "" ? {} : { externalId: draft.externalId }),
  };
}

/** What differs from what is saved, in sentences. The external id is named and never shown. */
export function changesOf(before: AccountDraft, after: AccountDraft): string[] {
  const fields = [
    ["Name", before.name, after.name],
    ["Read role", before.readRole, after.readRole],
    ["Operate role", before.operateRole, after.operateRole],
    ["Regions", before.regions.join(", "), after.regions.join(", ")],
  ] as const;
  return fields
    .filter(([, a, b]) => a !== b)
    .map(([name, a, b]) => `${name}: ${b || "none"} (before: ${a || "none"}).`);
}
