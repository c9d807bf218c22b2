import { duration } from "../format/durations";
import type { CsvColumn } from "../lists/csv";
import { markOf } from "../states/marks";
import type { FleetServer } from "./fleet_filter";

/** "12 min behind", "no lag"; "lag unknown" where DRS has named none. */
export function lagInWords(seconds: number | null): string {
  if (seconds === null) return "lag unknown";
  return seconds === 0 ? "no lag" : `${duration(seconds)} behind`;
}

const LAUNCH_RESULTS: Record<string, string> = {
  NOT_STARTED: "never launched",
  PENDING: "launching",
  SUCCEEDED: "launched",
  FAILED: "failed",
  TERMINATED: "launched, terminated since",
};

/** The last launch as DRS keeps it: "drill launched". */
export function lastLaunchInWords(mode: string, result: string): string {
  const word = LAUNCH_RESULTS[result] ?? result;
  if (result === "NOT_STARTED" || result === "") return "never launched";
  return mode === "NONE" || mode === "" ? word : `${mode.toLowerCase()} ${word}`;
}

/** "8 GiB" */
export function gibibytes(bytes: number): string {
  const size = bytes / 1_073_741_824;
  return `${Number(size.toFixed(size < 10 ? 1 : 0))} GiB`;
}

export const SERVER_COLUMNS: readonly CsvColumn<FleetServer>[] = [
  { name: "host name", value: (server) => server.hostname },
  { name: "source server", value: (server) => server.sourceServerId },
  { name: "account", value: (server) => server.accountId },
  { name: "Region", value: (server) => server.region },
  { name: "replication", value: (server) => markOf("replication", server.replicationState).word },
  { name: "lag in seconds", value: (server) => server.lagSeconds },
  { name: "recovery point", value: (server) => (server.hasRecoveryPoint ? "yes" : "no") },
  { name: "readiness", value: (server) => markOf("readiness", server.readiness).word },
  { name: "groups", value: (server) => server.groups.map(({ name }) => name).join("; ") },
  {
    name: "last launch",
    value: (server) => lastLaunchInWords(server.lastLaunchMode, server.lastLaunchResult),
  },
  { name: "last launch at", value: (server) => server.lastLaunchAt },
  { name: "operating system", value: (server) => server.osName },
  { name: "addresses", value: (server) => server.privateAddresses.join("; ") },
  { name: "instance type", value: (server) => server.instanceType },
  {
    name: "tags",
    value: (server) =>
      Object.entries(server.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join("; "),
  },
  { name: "seen at", value: (server) => server.seenAt },
];
