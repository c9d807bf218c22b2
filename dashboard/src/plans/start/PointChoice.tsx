import Select from "@cloudscape-design/components/select";
import Table from "@cloudscape-design/components/table";
import { useState, useSyncExternalStore } from "react";
import { dateTime, zoneName } from "../../format/times";
import { ONCE } from "../../live/pace";
import { useRead } from "../../live/use_read";
import { zone } from "../../settings/preferences";
import type { Verdict } from "../preflight/check";

type Points = Readonly<Record<string, string>>;

interface Props {
  servers: readonly Verdict[];
  points: Points;
  disabled: boolean;
  change: (points: Points) => void;
}

const NEWEST_POINT = { value: "", label: "Newest" };

/** A recovery point for each server. The points of a server are read when its list is opened. */
export default function PointChoice({ servers, points, disabled, change }: Props) {
  return (
    <Table
      items={[...servers]}
      trackBy="sourceServerId"
      ariaLabels={{ tableLabel: "Recovery points" }}
      variant="embedded"
      empty="The servers are not known before the preflight has answered."
      columnDefinitions={[
        { id: "wave", header: "Wave", cell: ({ waveNumber }) => waveNumber },
        {
          id: "server",
          header: "Server",
          isRowHeader: true,
          cell: ({ hostname, sourceServerId }) => hostname || sourceServerId,
        },
        {
          id: "point",
          header: "Recovery point",
          minWidth: 280,
          cell: (server) => (
            <PointSelect
              server={server}
              chosen={points[server.sourceServerId] ?? ""}
              disabled={disabled}
              choose={(pointId) => change(withPoint(points, server.sourceServerId, pointId))}
            />
          ),
        },
      ]}
    />
  );
}

function withPoint(points: Points, serverId: string, pointId: string): Points {
  const next = { ...points };
  if (pointId === "") delete next[serverId];
  else next[serverId] = pointId;
  return next;
}

interface SelectProps {
  server: Verdict;
  chosen: string;
  disabled: boolean;
  choose: (pointId: string) => void;
}

function PointSelect({ server, chosen, disabled, choose }: SelectProps) {
  const [isOpen, setOpen] = useState(false);
  const shownZone = useSyncExternalStore(zone.follow, zone.get);
  const { sourceServerId: serverId, accountId, region } = server;
  const read = useRead(
    "/drs/source-servers/{serverId}/recovery-points",
    { path: { serverId }, query: { accountId, region, limit: 100 } },
    { pace: ONCE, enabled: isOpen || chosen !== "" },
  );
  const options = [
    NEWEST_POINT,
    ...(read.data?.items ?? []).map(({ pointId, at }) => ({
      value: pointId,
      label: `${dateTime(at, shownZone)} ${zoneName(at, shownZone)}`,
      description: pointId,
    })),
  ];
  return (
    <Select
      selectedOption={options.find(({ value }) => value === chosen) ?? { value: chosen, label: chosen }}
      options={options}
      disabled={disabled}
      ariaLabel={`Recovery point of ${server.hostname || serverId}`}
      statusType={read.isFetching ? "loading" : read.error === null ? "finished" : "error"}
      loadingText="Asking DRS …"
      errorText={read.error?.message ?? ""}
      recoveryText="Try again"
      onLoadItems={() => (isOpen && read.error !== null ? void read.refetch() : setOpen(true))}
      onChange={({ detail }) => choose(detail.selectedOption.value ?? "")}
      expandToViewport
    />
  );
}
