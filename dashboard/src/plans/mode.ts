import type { Schemas } from "../api/schemas";

/** The mode that the URL asks for; a drill unless it says otherwise. */
export function modeOf(search: URLSearchParams): Schemas["Mode"] {
  return search.get("mode") === "RECOVERY" ? "RECOVERY" : "DRILL";
}
