import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { AppButton } from "../parts/AppButton";
import { AppLink } from "../parts/AppLink";
import { Time } from "../parts/Time";
import { GlyphIcon } from "../states/GlyphIcon";
import { ModeBadge } from "../states/ModeBadge";
import { decisionLink, needOf } from "./decisions";
import { PartProblem } from "./PartProblem";
import type { Dashboard, Decision } from "./use_dashboard";

/** What waits for a person, the oldest first: since when, until when, and what happens when nobody acts. */
export function NeedsAPerson({ part }: { part: Dashboard["decisions"] }) {
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
              <AppLink to={`/executions/${decision.executionId}`} variant="primary">
                {decision.planName}
              </AppLink>{" "}
              · wave {decision.waveNumber} {decision.waveName}{" "}
              <span className="mark mark-attention">
                <GlyphIcon glyph="warning" />
                {needOf(decision)}
              </span>
              <Deadline decision={decision} />
            </div>
            <AppButton to={decisionLink(decision)} ariaLabel={`Review wave ${decision.waveNumber}`}>
              Review
            </AppButton>
          </li>
        ))}
      </ul>
    </Container>
  );
}

function Deadline({ decision: { since, until, otherwise, allowed, reason } }: { decision: Decision }) {
  return (
    <div className="quiet">
      {since === null ? null : (
        <>
          since <Time at={since} as="near" />
        </>
      )}
      {until === null ? null : (
        <>
          {" "}
          · until <Time at={until} as="near" withZone />: {otherwise}
        </>
      )}
      {allowed ? null : <> · {reason}</>}
    </div>
  );
}
