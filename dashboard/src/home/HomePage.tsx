import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { counted } from "../format/numbers";
import { AppButton } from "../parts/AppButton";
import { Elapsed } from "../parts/Elapsed";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { StaleNote } from "../parts/StaleNote";
import { Time } from "../parts/Time";
import { ModeBadge } from "../states/ModeBadge";
import { StateMark } from "../states/StateMark";
import { CountsBar } from "./CountsBar";
import { decisionLink, needOf } from "./decisions";
import { type Dashboard, useDashboard } from "./use_dashboard";

export default function HomePage() {
  const dashboard = useDashboard();
  return (
    <Page title="Home">
      <Loaded result={dashboard} what="The dashboard">
        {(data) => (
          <SpaceBetween size="l">
            <NeedsAPerson part={data.decisions} />
            <Running part={data.running} />
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
}

function NeedsAPerson({ part }: { part: Dashboard["decisions"] }) {
  const items = part.data?.items ?? [];
  if (items.length === 0 && part.problem === "") return null;
  return (
    <Container header={<Header counter={`(${items.length})`}>Needs a person</Header>}>
      <PartProblem part={part} what="Decisions" />
      <ul className="rows">
        {items.map((decision) => (
          <li key={`${decision.executionId} ${decision.waveNumber} ${decision.kind}`} className="row">
            <ModeBadge mode={decision.mode} />
            <div className="row-main">
              <strong>{decision.planName}</strong> · wave {decision.waveNumber} {decision.waveName}{" "}
              <span className="mark-attention">{needOf(decision)}</span>
              <div className="quiet">
                {decision.since === null ? null : (
                  <>
                    since <Time at={decision.since} as="near" />
                  </>
                )}
                {decision.until === null ? null : (
                  <>
                    {" "}
                    · at <Time at={decision.until} as="near" withZone />: {decision.otherwise}
                  </>
                )}
                {decision.allowed ? null : <> · {decision.reason}</>}
              </div>
            </div>
            <AppButton to={decisionLink(decision)}>Review</AppButton>
          </li>
        ))}
      </ul>
    </Container>
  );
}

function Running({ part }: { part: Dashboard["running"] }) {
  const items = part.data?.items ?? [];
  return (
    <Container header={<Header counter={`(${items.length})`}>Running</Header>}>
      <PartProblem part={part} what="Running executions" />
      {items.length === 0 && part.problem === "" ? <p className="quiet">Nothing is running.</p> : null}
      <ul className="rows">
        {items.map((execution) => (
          <li key={execution.executionId} className="row">
            <ModeBadge mode={execution.mode} />
            <div className="row-main">
              <strong>{execution.planName}</strong> <StateMark kind="execution" value={execution.status} />
              <div className="quiet">
                {counted(execution.waveCount, "wave")} · started <Time at={execution.startedAt} as="near" />{" "}
                by {execution.initiatedBy || "nobody who is known"}
              </div>
            </div>
            <CountsBar counts={execution.counts} total={execution.serverCount} />
            <span className="figures row-end">
              <Elapsed since={execution.startedAt} />
            </span>
          </li>
        ))}
      </ul>
    </Container>
  );
}

function PartProblem({ part, what }: { part: { asOf: string | null; problem: string }; what: string }) {
  if (part.problem === "") return null;
  if (part.asOf === null) return <p className="mark-attention">{part.problem}</p>;
  return <StaleNote at={Date.parse(part.asOf)} what={what} sentence={part.problem} />;
}
