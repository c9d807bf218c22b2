import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";
import type { Schemas } from "../../api/schemas";
import { duration } from "../../format/durations";
import { serverNow } from "../../live/server_clock";
import { useRead } from "../../live/use_read";
import { AppLink } from "../../parts/AppLink";
import { Loaded } from "../../parts/Loaded";
import { Time } from "../../parts/Time";
import { ModeBadge } from "../../states/ModeBadge";
import { StateMark } from "../../states/StateMark";
import { secondsOf } from "../runs";

type Execution = Schemas["Execution"];

const COLUMNS = [
  { id: "mode", header: "Mode", cell: ({ mode }: Execution) => <ModeBadge mode={mode} /> },
  {
    id: "status",
    header: "Outcome",
    isRowHeader: true,
    minWidth: 200,
    cell: (execution: Execution) => (
      <div>
        <AppLink to={`/executions/${execution.executionId}`} variant="primary">
          <StateMark kind="execution" value={execution.status} />
        </AppLink>
        {execution.outcomeReason === "" ? null : <div className="quiet">{execution.outcomeReason}</div>}
      </div>
    ),
  },
  { id: "started", header: "Started", cell: ({ startedAt }: Execution) => <Time at={startedAt} /> },
  { id: "by", header: "By", cell: ({ initiatedBy }: Execution) => initiatedBy || "–" },
  {
    id: "took",
    header: "Took",
    cell: (execution: Execution) => duration(secondsOf(execution, serverNow())),
  },
  { id: "servers", header: "Servers", cell: (execution: Execution) => servers(execution) },
  { id: "version", header: "Version", cell: ({ planVersion }: Execution) => planVersion },
];

/** The executions of a plan, newest first. */
export default function Executions({ planId }: { planId: string }) {
  const [cursor, setCursor] = useState("");
  const executions = useRead("/executions", { query: { planId, limit: 25, cursor } }, { keepPrevious: true });
  return (
    <Loaded result={executions} what="The executions">
      {({ items, nextCursor }) => (
        <SpaceBetween size="m">
          <Table
            items={items}
            trackBy="executionId"
            columnDefinitions={COLUMNS}
            wrapLines
            enableKeyboardNavigation
            ariaLabels={{ tableLabel: "Executions of the plan" }}
            empty="This plan has never been run. Start a drill to see whether it works."
          />
          {cursor === "" && nextCursor === null ? null : (
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={cursor === ""} onClick={() => setCursor("")}>
                Newest
              </Button>
              <Button disabled={nextCursor === null} onClick={() => setCursor(nextCursor ?? "")}>
                Older
              </Button>
            </SpaceBetween>
          )}
        </SpaceBetween>
      )}
    </Loaded>
  );
}

function servers({ counts, serverCount }: Execution): string {
  if (counts === null) return `${serverCount}, not counted`;
  const failed = counts.failed > 0 ? `, ${counts.failed} failed` : "";
  return `${counts.launched + counts.validated} of ${serverCount}${failed}`;
}
