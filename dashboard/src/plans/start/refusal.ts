import type { ApiFailure } from "../../api/failure";
import type { Schemas } from "../../api/schemas";

interface RefusedServer {
  id: string;
  name: string;
  reason: string;
}

/** The servers that a refusal names, each with the first thing that keeps it from launching. */
export function refusedServers(failure: ApiFailure): RefusedServer[] {
  const listed = failure.details["servers"];
  if (!Array.isArray(listed)) return [];
  return (listed as Partial<Schemas["ServerVerdict"]>[]).map(
    ({ sourceServerId = "", hostname, findings = [] }) => {
      const first = findings.find(({ readiness }) => readiness === "BLOCKED") ?? findings[0];
      return { id: sourceServerId, name: hostname || sourceServerId, reason: first?.reason ?? "" };
    },
  );
}
