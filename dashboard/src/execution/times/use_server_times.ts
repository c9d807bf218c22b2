import type { Schemas } from "../../api/schemas";
import { readAll } from "../../lists/read_all";
import type { Pace } from "../../live/pace";
import { useGathered } from "../../live/use_read";
import { type Detail, hasEnded } from "../run";
import { isComplete, type Row } from "../servers/gathered";
import { useServers } from "../servers/use_servers";
import { type ServerTimes, shownUnder, timesOf } from "./server_times";

type LogLine = Schemas["JobLogLine"];
type Step = Schemas["ExecutionStep"];

export interface WaveTimes {
  servers: ServerTimes[];
  /** All servers of the wave. */
  count: number;
  /** What is not known yet, or could not be read; empty if everything is there. */
  note: string;
}

const WHILE_RUNNING: Pace = { visible: 15, hidden: null };
const AFTER_END: Pace = { visible: null, hidden: null };
const JOB_LOG = "/drs/jobs/{jobId}/log";
const STEPS = "/executions/{executionId}/steps";

/** The servers of a wave with what DRS did when; nothing is read while no wave is open. */
export function useServerTimes(detail: Detail, wave: number | null, now: number): WaveTimes | null {
  const servers = useServers(detail, wave !== null);
  const rows = servers.data?.rows.values() ?? [];
  const { shown, count } = wave === null ? { shown: [], count: 0 } : shownUnder(rows, wave, now);
  const lines = useJobLines(detail, wave, jobsOf(shown));
  const steps = useSteps(detail, wave);
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

function useJobLines({ execution }: Detail, wave: number | null, jobs: readonly Job[]) {
  return useGathered<LogLine[]>(
    ["job-times", execution.executionId, wave, jobs.map(({ jobId }) => jobId).join()],
    async (_before, signal) => (await Promise.all(jobs.map((job) => logOf(job, signal)))).flat(),
    { enabled: wave !== null && jobs.length > 0, pace: paceOf(execution) },
  );
}

function useSteps({ execution, waves }: Detail, wave: number | null) {
  const { executionId } = execution;
  const hasSteps = waves.some(({ waveNumber, stepCount }) => waveNumber === wave && stepCount > 0);
  const input = { path: { executionId }, query: { waveNumber: wave, limit: 100 } };
  return useGathered<Step[]>(
    ["step-times", executionId, wave],
    (_before, signal) => readAll(STEPS, input, { signal, most: 1_000 }),
    { enabled: hasSteps, pace: paceOf(execution) },
  );
}

function paceOf(execution: Detail["execution"]): Pace {
  return hasEnded(execution) ? AFTER_END : WHILE_RUNNING;
}

type Job = Pick<NonNullable<Row["details"]>, "jobId" | "accountId" | "region">;

/** The DRS jobs of these servers, each once. */
function jobsOf(rows: readonly Row[]): Job[] {
  const jobs = new Map<string, Job>();
  for (const { details } of rows)
    if (details !== null && details.jobId !== "") jobs.set(details.jobId, details);
  return [...jobs.values()];
}

function logOf({ jobId, accountId, region }: Job, signal: AbortSignal): Promise<LogLine[]> {
  return readAll(
    JOB_LOG,
    { path: { jobId }, query: { accountId, region, limit: 100 } },
    { signal, most: 5_000 },
  );
}
