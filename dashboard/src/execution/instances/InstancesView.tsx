import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../../api/schemas";
import { counted } from "../../format/numbers";
import Table, { type TableProps } from "../../lists/Table";
import { useRead } from "../../live/use_read";
import { Loaded } from "../../parts/Loaded";
import { Time } from "../../parts/Time";
import { instancesLeft, labelOf } from "../acts/wording";
import { offersOnRun } from "../decisions";
import { PageButtons, usePages } from "../pages";
import { isTerminating } from "../run";
import type { ViewProps } from "../Views";
import { InstanceState } from "./InstanceState";

type Instance = Schemas["ExecutionInstance"];

const COLUMNS: TableProps.ColumnDefinition<Instance>[] = [
  { id: "server", header: "Server", isRowHeader: true, cell: ({ hostname }) => hostname },
  { id: "wave", header: "Wave", cell: ({ waveNumber }) => waveNumber },
  { id: "instance", header: "Instance", cell: ({ recoveryInstanceId }) => recoveryInstanceId },
  { id: "state", header: "In EC2 now", cell: ({ state }) => <InstanceState state={state} /> },
  { id: "address", header: "Address", cell: ({ privateAddress }) => privateAddress || "–" },
  { id: "type", header: "Type", cell: ({ instanceType }) => instanceType || "–" },
  { id: "place", header: "Account, Region", cell: ({ accountId, region }) => `${accountId} ${region}` },
  {
    id: "launched",
    header: "Launched",
    cell: ({ launchedAt }) => (launchedAt === null ? "–" : <Time at={launchedAt} />),
  },
  {
    id: "problem",
    header: "Problem",
    cell: ({ terminationError }) => <span className="cell-text">{terminationError}</span>,
  },
];

/** The recovery instances as EC2 has them now; after the end they can be terminated here. */
export default function InstancesView({ detail, onAct }: ViewProps) {
  const pages = usePages();
  const { execution, waves } = detail;
  const instances = useRead(
    "/executions/{executionId}/recovery-instances",
    { path: { executionId: execution.executionId }, query: { limit: 25, cursor: pages.cursor } },
    { pace: { visible: isTerminating(execution) ? 5 : 60, hidden: null }, keepPrevious: true },
  );
  const terminate = offersOnRun(detail).find(({ action }) => action === "TERMINATE_INSTANCES");
  return (
    <SpaceBetween size="s">
      <div className="view-tools">
        <span>
          {counted(instancesLeft(waves), "instance")} launched and not terminated, by the counts of the run
        </span>
        {terminate === undefined ? null : (
          <Button
            disabled={!terminate.allowed}
            disabledReason={terminate.reason}
            onClick={() => onAct(terminate)}
          >
            {labelOf(terminate, undefined)}
          </Button>
        )}
      </div>
      <Loaded result={instances} what="The instances">
        {(page) => (
          <SpaceBetween size="s">
            {page.problems.map((problem) => (
              <Alert key={problem} type="warning">
                {problem}
              </Alert>
            ))}
            <Table
              variant="embedded"
              items={page.items}
              columnDefinitions={COLUMNS}
              wrapLines
              ariaLabels={{ tableLabel: "Recovery instances of the execution" }}
              empty="None of these servers has an instance yet."
            />
            <PageButtons pages={pages} next={page.nextCursor} />
          </SpaceBetween>
        )}
      </Loaded>
    </SpaceBetween>
  );
}
