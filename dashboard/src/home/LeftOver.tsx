import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { counted, number } from "../format/numbers";
import { AppLink } from "../parts/AppLink";
import { Time } from "../parts/Time";
import { AsOf, PartProblem } from "./PartProblem";
import type { Dashboard } from "./use_dashboard";

const SHOWN = 5;

/** Instances of drills that have ended: they cost money until they are terminated. */
export function LeftOver({ part }: { part: Dashboard["outcomes"] }) {
  const { data } = part;
  return (
    <Container
      fitHeight
      header={
        <Header
          counter={data === null ? undefined : `(${number(data.leftOverInstances)})`}
          description={<AsOf at={part.asOf} />}
        >
          Left-over instances
        </Header>
      }
    >
      <PartProblem part={part} what="Left-over instances" />
      {data?.leftOverCount === 0 ? (
        <p className="quiet sentence">No drill that has ended has left instances.</p>
      ) : null}
      <ul className="rows">
        {(data?.leftOver ?? []).slice(0, SHOWN).map((drill) => (
          <li key={drill.executionId} className="row">
            <div className="row-main">
              <AppLink to={`/executions/${drill.executionId}?view=instances`} variant="primary">
                {drill.planName}
              </AppLink>
              <div>{counted(drill.instanceCount, "instance")}</div>
              <div className="quiet">
                {drill.cleanupAt === null ? (
                  "Kept until somebody terminates them."
                ) : (
                  <>
                    Terminated from <Time at={drill.cleanupAt} as="near" withZone /> on.
                  </>
                )}
              </div>
            </div>
          </li>
        ))}
      </ul>
      {data !== null && data.leftOverCount > SHOWN ? (
        <p className="quiet sentence">
          {counted(data.leftOverInstances, "instance")} of {counted(data.leftOverCount, "drill")}; the oldest{" "}
          {SHOWN} are shown.
        </p>
      ) : null}
    </Container>
  );
}
