import { useMemo } from "react";
import type { Pace } from "../../live/pace";
import { phaseNow, type Segment } from "../phases";
import type { Row } from "./gathered";
import { useJobLines } from "./use_job_lines";

export type Phases = ReadonlyMap<string, Segment>;

/** A log of DRS is asked for through two services: less often than what the API stores. */
const LAUNCHING: Pace = { visible: 10, hidden: null };

/** What DRS is doing with those of these servers that are launching. Nothing is read while none is. */
export function usePhases(executionId: string, rows: readonly Row[]): Phases {
  const launching = rows.filter(({ status }) => status === "LAUNCHING");
  const { data: lines } = useJobLines(executionId, launching, LAUNCHING);
  const ids = launching.map(({ sourceServerId }) => sourceServerId).join();
  return useMemo(() => {
    const phases = new Map<string, Segment>();
    for (const id of ids.split(",")) {
      const phase = phaseNow(lines ?? [], id);
      if (phase !== undefined) phases.set(id, phase);
    }
    return phases;
  }, [lines, ids]);
}
