// Findings in a few words, for the head of a group of servers.

const TITLES: Readonly<Record<string, string>> = {
  BACKLOG: "Replication is behind",
  BUSY: "Another DRS job works on it",
  CREATING_SNAPSHOT: "A snapshot is being made",
  DISCONNECTED: "The server is disconnected",
  DRILL_INSTANCE_EXISTS: "An instance of an earlier drill exists",
  IN_OTHER_GROUP: "The server is in another group too",
  INSTANCE_IN_LAUNCH: "An instance is being launched",
  INSTANCES_NOT_CHECKED: "Existing instances were not checked",
  JOBS_NOT_CHECKED: "Running DRS jobs were not checked",
  LAG_OVER_RPO: "Replication lags more than the RPO allows",
  LAG_UNKNOWN: "The replication lag is not known",
  NO_LAUNCH_ACCESS: "Launching is not permitted",
  NO_POINT_AT_MOMENT: "No recovery point at that moment",
  NO_RECOVERY_POINT: "No recovery point",
  NOT_FOUND: "DRS does not know the server",
  OLDER_DATA: "Older data",
  PAUSED: "Replication is paused",
  RECOVERY_INSTANCE_EXISTS: "An instance of a recovery exists",
  RECOVERY_INSTANCE_REPLACED: "An instance of a recovery is replaced",
  RESCAN: "The disks are being compared",
  STALLED: "Replication has stalled",
  STOPPED: "Replication is stopped",
  TEMPLATE_NOT_FOUND: "The launch template is missing",
  WOULD_QUEUE: "A wave would wait for DRS quotas",
};

/** A finding in a few words; one that is not known here by its code. */
export function titleOf(code: string): string {
  const words = code.toLocaleLowerCase("en").replaceAll("_", " ");
  return Object.hasOwn(TITLES, code)
    ? (TITLES[code] ?? words)
    : words.charAt(0).toLocaleUpperCase("en") + words.slice(1);
}
