import type { Schemas } from "../../api/schemas";
import { type Person, whyNotPermission } from "../../session/permissions";

type User = Person | undefined;
type Mode = Schemas["Mode"];

const PERMISSION: Record<Mode, Schemas["Permission"]> = { DRILL: "start-drill", RECOVERY: "start-recovery" };

/** Why a person cannot start in this mode now; empty if they can. */
export function whyNotStart(user: User, mode: Mode): string {
  return whyNotPermission(user, PERMISSION[mode]) || (user?.away ?? "");
}

/** Why a person may start nothing at all; empty if they may start something. */
export function whyNotStartAny(user: User): string {
  const drill = whyNotStart(user, "DRILL");
  return whyNotStart(user, "RECOVERY") === "" ? "" : drill;
}
