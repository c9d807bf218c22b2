import type { ReactNode } from "react";
import type { Schemas } from "../api/schemas";
import { AppLink } from "../parts/AppLink";
import { CountsBar } from "../states/CountsBar";
import { ModeBadge } from "../states/ModeBadge";
import { StateMark } from "../states/StateMark";

interface Props {
  execution: Schemas["Execution"];
  /** Whether the servers are shown by state. */
  withCounts: boolean;
  /** Times and progress, below the name. */
  children: ReactNode;
}

/** One execution in a list of few: mode, plan, state, and what the list is about. */
export function RunRow({ execution, withCounts, children }: Props) {
  return (
    <li className="row">
      <ModeBadge mode={execution.mode} />
      <div className="row-main">
        <AppLink to={`/executions/${execution.executionId}`} variant="primary">
          {execution.planName}
        </AppLink>{" "}
        <StateMark kind="execution" value={execution.status} />
        {children}
      </div>
      {withCounts ? <CountsBar counts={execution.counts} total={execution.serverCount} /> : null}
    </li>
  );
}
