import { useMemo } from "react";
import { PERMISSION_OF_CALL, ROLES_WITH } from "../api/generated/permissions";
import type { Schemas } from "../api/schemas";
import { useAway } from "../live/away";
import { ONCE } from "../live/pace";
import { useRead } from "../live/use_read";

type User = Schemas["User"];
export type Permission = Schemas["Permission"];
export type CallName = keyof typeof PERMISSION_OF_CALL;

export interface Person extends User {
  /** Why nothing can be sent now, whoever asks; empty or absent if something can. */
  away?: string;
}

/** The signed-in person with roles and permissions, from the API and never from a token. */
export function useUser(): Person | undefined {
  const user = useRead("/user", {}, { pace: ONCE }).data;
  const away = useAway();
  return useMemo(() => (user === undefined ? undefined : { ...user, away }), [user, away]);
}

/** "DRSRecoveryManager" → "Recovery manager" */
export function roleInWords(role: string): string {
  const words = role
    .replace(/^DRS(Orchestration)?/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function mayCall(user: Person | undefined, call: CallName): boolean {
  return user?.permissions.includes(PERMISSION_OF_CALL[call]) ?? false;
}

/** Why a person may not do it, for a button that is disabled; empty if they may. Without connection nobody may. */
export function whyNot(user: Person | undefined, call: CallName): string {
  const reason = whyNever(user, call);
  return reason === "" && !call.startsWith("GET ") ? (user?.away ?? "") : reason;
}

/** The same of their roles alone, for fields and forms: what is being typed stays when the connection goes. */
export function whyNever(user: Person | undefined, call: CallName): string {
  return whyNotPermission(user, PERMISSION_OF_CALL[call]);
}

export function whyNotPermission(user: Person | undefined, permission: Permission): string {
  if (user === undefined) return "Your permissions have not been read yet.";
  if (user.permissions.includes(permission)) return "";
  const holders = ROLES_WITH[permission].map(roleInWords).join(", ");
  const own = user.roles.map(roleInWords).join(", ") || "without a role";
  return `Needs the permission '${permission}' (${holders}). You are ${own}.`;
}
