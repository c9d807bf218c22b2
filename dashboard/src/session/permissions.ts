import { PERMISSION_OF_CALL, ROLES_WITH } from "../api/generated/permissions";
import type { Schemas } from "../api/schemas";
import { ONCE } from "../live/pace";
import { useRead } from "../live/use_read";

export type Permission = Schemas["Permission"];
export type CallName = keyof typeof PERMISSION_OF_CALL;

/** The signed-in person with roles and permissions, from the API and never from a token. */
export function useUser(): Schemas["User"] | undefined {
  return useRead("/user", {}, { pace: ONCE }).data;
}

/** "DRSRecoveryManager" → "Recovery manager" */
export function roleInWords(role: string): string {
  const words = role
    .replace(/^DRS(Orchestration)?/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function mayCall(user: Schemas["User"] | undefined, call: CallName): boolean {
  return user?.permissions.includes(PERMISSION_OF_CALL[call]) ?? false;
}

/** Why a person may not do it, for a button that is disabled; empty if they may. */
export function whyNot(user: Schemas["User"] | undefined, call: CallName): string {
  return whyNotPermission(user, PERMISSION_OF_CALL[call]);
}

export function whyNotPermission(user: Schemas["User"] | undefined, permission: Permission): string {
  if (user === undefined) return "Your permissions have not been read yet.";
  if (user.permissions.includes(permission)) return "";
  const holders = ROLES_WITH[permission].map(roleInWords).join(", ");
  const own = user.roles.map(roleInWords).join(", ") || "without a role";
  return `Needs the permission '${permission}' (${holders}). You are ${own}.`;
}
