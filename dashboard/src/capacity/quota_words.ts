import type { Schemas } from "../api/schemas";

export const QUOTA_WORDS: Record<Schemas["QuotaName"], string> = {
  REPLICATING_SERVERS: "Replicating servers",
  SOURCE_SERVERS: "Source servers",
  JOBS_IN_PROGRESS: "DRS jobs at a time",
  SERVERS_IN_JOBS: "Servers in jobs at a time",
  SERVERS_PER_JOB: "Servers in one job",
};
