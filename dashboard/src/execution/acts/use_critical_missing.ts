import { LIST } from "../../live/pace";
import { useRead } from "../../live/use_read";
import type { Offer } from "../run";

const THERE = new Set(["LAUNCHED", "VALIDATED"]);

/** Whether CRITICAL servers would be missing if the wave were skipped; null while, or where, that is not known. */
export function useCriticalMissing(offer: Offer, executionId: string): boolean | null {
  const isAsked = offer.action === "SKIP" && offer.waveNumber !== null;
  const servers = useRead(
    "/executions/{executionId}/servers",
    { path: { executionId }, query: { waveNumber: offer.waveNumber, impact: "CRITICAL", limit: 100 } },
    { pace: LIST, enabled: isAsked },
  );
  if (!isAsked || servers.data === undefined) return null;
  if (servers.data.items.some(({ status }) => !THERE.has(status))) return true;
  return servers.data.nextCursor === null ? false : null;
}
