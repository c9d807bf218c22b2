import type { Schemas } from "../../api/schemas";
import { readAll } from "../../lists/read_all";
import type { Pace } from "../../live/pace";
import { type ReadResult, useGathered } from "../../live/use_read";
import type { Row } from "./gathered";

type LogLine = Schemas["JobLogLine"];
type Job = Pick<NonNullable<Row["details"]>, "jobId" | "accountId" | "region">;

const JOB_LOG = "/drs/jobs/{jobId}/log";

/** The logs of the DRS jobs of these servers. Nothing is read where they have no job. */
export function useJobLines(executionId: string, rows: readonly Row[], pace: Pace): ReadResult<LogLine[]> {
  const jobs = jobsOf(rows);
  return useGathered<LogLine[]>(
    ["job-lines", executionId, jobs.map(({ jobId }) => jobId).join()],
    async (_before, signal) => (await Promise.all(jobs.map((job) => logOf(job, signal)))).flat(),
    { enabled: jobs.length > 0, pace },
  );
}

/** The DRS jobs of these servers, each once, and always in the same order. */
function jobsOf(rows: readonly Row[]): Job[] {
  const jobs = new Map<string, Job>();
  for (const { details } of rows)
    if (details !== null && details.jobId !== "") jobs.set(details.jobId, details);
  return [...jobs.values()].sort((a, b) => a.jobId.localeCompare(b.jobId));
}

function logOf({ jobId, accountId, region }: Job, signal: AbortSignal): Promise<LogLine[]> {
  return readAll(
    JOB_LOG,
    { path: { jobId }, query: { accountId, region, limit: 100 } },
    { signal, most: 5_000 },
  );
}
