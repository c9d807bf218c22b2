import type { Schemas } from "../../api/schemas";
import { whyNotPermission } from "../../session/permissions";

type User = Schemas["User"] | undefined;
type Mode = Schemas["Mode"];

const PERMISSION: Record<Mode, Schemas["Permission"]> = { DRILL: "start-drill", RECOVERY: "start-recovery" };

/** Why a person may not start in this mode; empty if they may. */
export function whyNotStart(user: User, mode: Mode): string {
  return whyNotPermission(user, PERMISSION[mode]);
}

/** Why a person may start nothing at all; empty if they may start something. */
export function whyNotStartAny(user: User): string {
  const drill = whyNotStart(user, "DRILL");
  return whyNotStart(user, "RECOVERY") === "" ? "" : drill;
}
