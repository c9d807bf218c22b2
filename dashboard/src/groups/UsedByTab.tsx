import type { UseQueryResult } from "@tanstack/react-query";
import type { ApiFailure } from "../api/failure";
import type { Schemas } from "../api/schemas";
import { Nothing } from "../lists/Nothing";
import Table from "../lists/Table";
import { AppButton } from "../parts/AppButton";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { Time } from "../parts/Time";
import { ModeBadge } from "../states/ModeBadge";
import { StateMark } from "../states/StateMark";

interface Props {
  groupId: string;
  plans: UseQueryResult<Schemas["PlanSummary"][], ApiFailure>;
}

/** The plans that recover the group, with their last runs. */
export function UsedByTab({ groupId, plans }: Props) {
  return (
    <Loaded result={plans} what="The plans">
      {(items) => (
        <Table
          items={items}
          trackBy={({ plan }) => plan.planId}
          contentDensity="compact"
          ariaLabels={{ tableLabel: "Plans that use the group" }}
          columnDefinitions={[
            {
              id: "plan",
              header: "Plan",
              isRowHeader: true,
              cell: ({ plan }) => <AppLink to={`/plans/${plan.planId}`}>{plan.name}</AppLink>,
            },
            {
              id: "waves",
              header: "Waves",
              cell: ({ plan }) =>
                plan.waves
                  .filter((wave) => wave.protectionGroupIds.includes(groupId))
                  .map((wave) => `${wave.number} ${wave.name}`)
                  .join(", "),
            },
            {
              id: "run",
              header: "Last run",
              cell: ({ lastExecution }) =>
                lastExecution === null ? (
                  "Never run"
                ) : (
                  <>
                    <ModeBadge mode={lastExecution.mode} />{" "}
                    <AppLink to={`/executions/${lastExecution.executionId}`}>
                      <Time at={lastExecution.startedAt} />
                    </AppLink>{" "}
                    <StateMark kind="execution" value={lastExecution.status} />
                  </>
                ),
            },
          ]}
          empty={
            <Nothing next={<AppButton to="/plans">Plans</AppButton>}>
              No plan uses this group, so that nothing recovers its servers.
            </Nothing>
          }
        />
      )}
    </Loaded>
  );
}
