import Alert from "@cloudscape-design/components/alert";
import type { Schemas } from "../../api/schemas";
import { AppLink } from "../../parts/AppLink";
import { Time } from "../../parts/Time";
import { isTakenOver } from "./obstacles";

interface Props {
  mode: Schemas["Mode"];
  running: Schemas["Execution"];
}

/** The run of the same plan that has not ended, and what becomes of it. */
export function RunningAlready({ mode, running }: Props) {
  return (
    <Alert type="warning" header={`A ${running.mode} of this plan is running`}>
      It was started <Time at={running.startedAt} as="near" withZone /> by{" "}
      {running.initiatedBy || "an unknown caller"}.{" "}
      {isTakenOver(mode, running)
        ? "A RECOVERY cancels it and takes over its servers."
        : "Nothing else of this plan can start before it has ended."}{" "}
      <AppLink to={`/executions/${running.executionId}`} variant="primary">
        Show it
      </AppLink>
    </Alert>
  );
}
