import Input from "@cloudscape-design/components/input";
import Pagination from "@cloudscape-design/components/pagination";
import Select from "@cloudscape-design/components/select";
import { useState, useSyncExternalStore } from "react";
import { counted } from "../../format/numbers";
import { dateTime, zoneName } from "../../format/times";
import Table from "../../lists/Table";
import { ONCE } from "../../live/pace";
import { useRead } from "../../live/use_read";
import { zone } from "../../settings/preferences";
import type { Verdict } from "../preflight/check";
import { serversFound } from "./data";

type Points = Readonly<Record<string, string>>;

interface Props {
  servers: readonly Verdict[];
  points: Points;
  disabled: boolean;
  change: (points: Points) => void;
}

const PAGE = 25;
const NEWEST_POINT = { value: "", label: "Newest" };

/** A recovery point for each server. The points of a server are read when its list is opened. */
export default function PointChoice({ servers, points, disabled, change }: Props) {
  const [text, setText] = useState("");
  const [page, setPage] = useState(1);
  const found = serversFound(servers, text);
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const current = Math.min(page, pages);
  return (
    <Table
      items={found.slice((current - 1) * PAGE, current * PAGE)}
      filter={
        servers.length <= PAGE ? undefined : (
          <Input
            type="search"
            value={text}
            placeholder="Host name or id"
            ariaLabel="Find servers"
            onChange={({ detail }) => setText(detail.value)}
          />
        )
      }
      pagination={
        pages === 1 ? undefined : (
          <Pagination
            currentPageIndex={current}
            pagesCount={pages}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
          />
        )
      }
      footer={
        servers.length <= PAGE
          ? undefined
          : `${counted(Object.keys(points).length, "point")} chosen; ${counted(found.length, "server")} of ${servers.length} listed.`
      }
      trackBy="sourceServerId"
      ariaLabels={{ tableLabel: "Recovery points" }}
      variant="embedded"
      empty={
        servers.length === 0
          ? "The servers are not known before the preflight has answered."
          : "No server matches."
      }
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
