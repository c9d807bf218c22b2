import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import type { Schemas } from "../../api/schemas";
import { AppLink } from "../../parts/AppLink";
import { Time } from "../../parts/Time";

type Plan = Schemas["PlanDetail"];

const SHOWN = 3;

/** When drills start by themselves: the rule in words, and the next times in the plan's own zone. */
export function Schedule({ plan }: { plan: Plan }) {
  const { schedule, drillForecast, lastDrill } = plan;
  return (
    <Container header={<Header>Scheduled drills</Header>}>
      {schedule === null ? (
        <p className="quiet">Drills of this plan start only by hand.</p>
      ) : (
        <>
          <p>
            {drillForecast?.text ?? schedule.cron} · {schedule.timeZone}
          </p>
          <ul className="rows">
            {drillForecast?.dates.slice(0, SHOWN).map(({ dueAt, localTime, weekday, note }) => (
              <li key={dueAt} className="row">
                <span className="figures">
                  {weekday} {localTime.slice(0, 16).replace("T", " ")} {schedule.timeZone}
                </span>
                <span className="quiet">
                  <Time at={dueAt} withZone />
                </span>
                {note === "" ? null : <span className="mark-attention">{note}</span>}
              </li>
            ))}
          </ul>
        </>
      )}
      {lastDrill === null ? null : <LastDue drill={lastDrill} />}
    </Container>
  );
}

function LastDue({ drill }: { drill: Schemas["ScheduledDrill"] }) {
  return (
    <p>
      Last due <Time at={drill.dueAt} withZone />: {drill.outcome === "STARTED" ? "started" : "skipped"}
      {drill.reason === "" ? "" : `. ${drill.reason}`}{" "}
      {drill.executionId === "" ? null : (
        <AppLink to={`/executions/${drill.executionId}`} variant="primary">
          Show it
        </AppLink>
      )}
    </p>
  );
}
