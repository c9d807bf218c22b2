import { paceOfDetails, useSteps } from "../checks/use_steps";
import type { Detail } from "../run";
import { isComplete } from "../servers/gathered";
import { useJobLines } from "../servers/use_job_lines";
import { useServers } from "../servers/use_servers";
import { type ServerTimes, shownUnder, timesOf } from "./server_times";

export interface WaveTimes {
  servers: ServerTimes[];
  /** All servers of the wave. */
  count: number;
  /** What is not known yet, or could not be read; empty if everything is there. */
  note: string;
}

/** The servers of a wave with what DRS did when; nothing is read while no wave is open. */
export function useServerTimes(detail: Detail, wave: number | null, now: number): WaveTimes | null {
  const servers = useServers(detail, wave !== null);
  const rows = servers.data?.rows.values() ?? [];
  const { shown, count } = wave === null ? { shown: [], count: 0 } : shownUnder(rows, wave, now);
  const lines = useJobLines(detail.execution.executionId, shown, paceOfDetails(detail.execution));
  const hasSteps = detail.waves.some(({ waveNumber, stepCount }) => waveNumber === wave && stepCount > 0);
  const steps = useSteps(detail, wave, hasSteps);
  if (wave === null) return null;
  const known = { lines: lines.data ?? [], steps: steps.data ?? [] };
  const failure = servers.error ?? lines.error ?? steps.error;
  const isRead = servers.data !== undefined && isComplete(servers.data);
  return {
    servers: shown.map((row) => timesOf(row, known, now)),
    count,
    note: failure?.message ?? (isRead ? "" : "Its servers are being read."),
  };
}
