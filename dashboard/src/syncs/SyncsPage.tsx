import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { ActFailure } from "../acts/ActFailure";
import type { Schemas } from "../api/schemas";
import { duration } from "../format/durations";
import { number } from "../format/numbers";
import Table, { type TableProps } from "../lists/Table";
import { useAct } from "../live/use_act";
import { useRead } from "../live/use_read";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { Time } from "../parts/Time";
import { useUser, whyNot } from "../session/permissions";
import { SettingsTabs } from "../settings/SettingsTabs";
import { StateMark } from "../states/StateMark";
import { SYNC_KINDS, SYNC_WORDS, type SyncKind } from "./sync_words";

type Run = Schemas["SyncRun"];

/** What keeps the picture of the estate up to date: the last runs of each sync, and one more now. */
export default function SyncsPage() {
  return (
    <Page title="Syncs" within="Settings" description="They run by schedule. Each can be run now, too.">
      <SettingsTabs />
      <SpaceBetween size="l">
        {SYNC_KINDS.map((kind) => (
          <Sync key={kind} kind={kind} />
        ))}
      </SpaceBetween>
    </Page>
  );
}

const COLUMNS: TableProps.ColumnDefinition<Run>[] = [
  { id: "at", header: "Began", isRowHeader: true, cell: ({ startedAt }) => <Time at={startedAt} /> },
  {
    id: "outcome",
    header: "Outcome",
    cell: ({ outcome, failures }) => (
      <>
        <StateMark kind="sync" value={outcome} />
        {Object.entries(failures).map(([place, problem]) => (
          <div key={place} className="mark-failed">
            {place}: {problem}
          </div>
        ))}
      </>
    ),
  },
  { id: "seen", header: "Seen", cell: ({ seen }) => number(seen) },
  { id: "written", header: "Written", cell: ({ written }) => number(written) },
  { id: "removed", header: "Removed", cell: ({ removed }) => number(removed) },
  {
    id: "took",
    header: "Took",
    cell: ({ durationSeconds }) => (durationSeconds === null ? "–" : duration(durationSeconds)),
  },
  { id: "where", header: "Account", cell: ({ accountId }) => accountId || "all" },
];

function Sync({ kind }: { kind: SyncKind }) {
  const user = useUser();
  const runs = useRead("/drs/syncs", { query: { kind, limit: 10 } });
  const start = useAct("post", "/drs/syncs/{kind}", [
    "/drs/syncs",
    "/drs/accounts",
    "/drs/source-servers",
    "/drs/source-servers/summary",
  ]);
  const reason = whyNot(user, "POST /drs/syncs/{kind}");
  const { name, does } = SYNC_WORDS[kind];
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={does}
          actions={
            <Button
              ariaLabel={`Run now: ${name}`}
              disabled={reason !== ""}
              disabledReason={reason}
              loading={start.isPending}
              loadingText="Running"
              onClick={() => start.mutate({ path: { kind } })}
            >
              Run now
            </Button>
          }
        >
          {name}
        </Header>
      }
    >
      <SpaceBetween size="s">
        <ActFailure failure={start.error} />
        {start.data === undefined ? null : (
          <p role="status" className="sentence">
            <StateMark kind="sync" value={start.data.outcome} />: {number(start.data.seen)} seen,{" "}
            {number(start.data.written)} written, {number(start.data.removed)} removed. {start.data.reason}
          </p>
        )}
        <Loaded result={runs} what={`The runs of ${name}`}>
          {({ items }) => (
            <Table
              items={items}
              trackBy="startedAt"
              variant="embedded"
              contentDensity="compact"
              wrapLines
              ariaLabels={{ tableLabel: `Runs of ${name}` }}
              columnDefinitions={COLUMNS}
              empty="It has never run."
            />
          )}
        </Loaded>
      </SpaceBetween>
    </Container>
  );
}
