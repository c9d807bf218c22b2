import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { number } from "../format/numbers";
import { serverNow } from "../live/server_clock";
import { AppLink } from "../parts/AppLink";
import { planPath } from "../plans/paths";
import { FactMark } from "../states/FactMark";
import { ageInWords, type DrillAge, drillAges, TARGET_PLACE } from "./drill_ages";
import { AsOf, PartProblem } from "./PartProblem";
import type { Dashboard } from "./use_dashboard";

const SHOWN = 8;

/** The age of the last good drill of each plan, as a dot against the target; the oldest first. */
export function DrillAges({ part }: { part: Dashboard["drills"] }) {
  const ages = part.data === null ? [] : drillAges(part.data.plans.slice(0, SHOWN), serverNow());
  return (
    <Container
      fitHeight
      header={
        <Header
          description={
            part.data === null ? undefined : (
              <>
                Target: every {part.data.targetDays} days, unless a plan has its own. <AsOf at={part.asOf} />
              </>
            )
          }
          actions={<AppLink to="/plans?sort=lastDrill">All plans</AppLink>}
        >
          Drill age
        </Header>
      }
    >
      <PartProblem part={part} what="Drills" />
      {part.data?.planCount === 0 ? <p className="quiet sentence">There is no plan to drill yet.</p> : null}
      <ul className="drill-ages">
        {ages.map((age) => (
          <PlanAge key={age.planId} age={age} />
        ))}
      </ul>
      {part.data !== null && part.data.planCount > SHOWN ? (
        <p className="quiet sentence">
          The {SHOWN} of {number(part.data.planCount)} plans that are due first.
        </p>
      ) : null}
    </Container>
  );
}

function PlanAge({ age }: { age: DrillAge }) {
  return (
    <li className="drill-age">
      <AppLink to={planPath(age.planId)}>{age.name}</AppLink>
      <span className="drill-scale" aria-hidden="true">
        <span className="drill-target" style={{ left: `${TARGET_PLACE}%` }} />
        {age.place === null ? null : (
          <span
            className={`drill-dot drill-dot-${age.isOverdue ? "late" : "good"}`}
            style={{ left: `${age.place}%` }}
          />
        )}
      </span>
      <FactMark fact={ageInWords(age)} />
    </li>
  );
}
