import SpaceBetween from "@cloudscape-design/components/space-between";
import { PLAN_COLUMNS } from "../../executions/columns";
import { Nothing } from "../../lists/Nothing";
import { PageTurner } from "../../lists/PageTurner";
import Table from "../../lists/Table";
import { useCursors } from "../../lists/use_cursors";
import { useRead } from "../../live/use_read";
import { AppButton } from "../../parts/AppButton";
import { AppLink } from "../../parts/AppLink";
import { Loaded } from "../../parts/Loaded";
import { startPath } from "../paths";

/** The executions of a plan, newest first. */
export default function Executions({ planId }: { planId: string }) {
  const { cursor, index, turn } = useCursors(planId);
  const executions = useRead("/executions", { query: { planId, limit: 25, cursor } }, { keepPrevious: true });
  return (
    <Loaded result={executions} what="The executions">
      {({ items, nextCursor }) => (
        <SpaceBetween size="m">
          <Table
            items={items}
            trackBy="executionId"
            columnDefinitions={PLAN_COLUMNS}
            wrapLines
            contentDensity="compact"
            enableKeyboardNavigation
            ariaLabels={{ tableLabel: "Executions of the plan" }}
            pagination={<PageTurner index={index} nextCursor={nextCursor} turn={turn} />}
            empty={
              <Nothing next={<AppButton to={startPath(planId)}>Start …</AppButton>}>
                This plan has never been run. A drill shows whether it works.
              </Nothing>
            }
          />
          {items.length === 0 ? null : (
            <AppLink to={`/executions?plan=${planId}&days=0`}>Filter and delete them in the history</AppLink>
          )}
        </SpaceBetween>
      )}
    </Loaded>
  );
}
