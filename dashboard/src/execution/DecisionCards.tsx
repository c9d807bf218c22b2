import Button from "@cloudscape-design/components/button";
import { roughDuration, secondsBetween } from "../format/durations";
import { useSecond } from "../frame/Clock";
import { useDashboard, waitingIn } from "../home/use_dashboard";
import { Time } from "../parts/Time";
import { GlyphIcon } from "../states/GlyphIcon";
import { labelOf } from "./acts/wording";
import { type Decision, decisionsOf, offersOnRun } from "./decisions";
import type { Detail, Offer } from "./run";
import type { Select } from "./use_selection";

interface Props {
  detail: Detail;
  onAct: (offer: Offer) => void;
  select: Select;
}

const MOST_OPEN = 3;

/** What waits for a person, oldest first: the first thing of the page. */
export function DecisionCards({ detail, onAct, select }: Props) {
  const decisions = decisionsOf(detail, waitingIn(useDashboard().data));
  const isPaused = detail.execution.status === "PAUSED";
  if (decisions.length === 0 && !isPaused) return null;
  return (
    <section aria-label="Decisions" className="decisions">
      {isPaused ? <PausedCard detail={detail} onAct={onAct} /> : null}
      {decisions.slice(0, MOST_OPEN).map((decision) => (
        <Card key={decision.wave.waveNumber} decision={decision} onAct={onAct} select={select} />
      ))}
      {decisions.length > MOST_OPEN ? (
        <p className="quiet">and {decisions.length - MOST_OPEN} more, in the views below</p>
      ) : null}
    </section>
  );
}

function Card({ decision, onAct, select }: { decision: Decision } & Omit<Props, "detail">) {
  const { wave, kind, headline, offers } = decision;
  const isFailed = kind === "FAILED_WAVE";
  const show = () =>
    select({ view: "servers", wave: wave.waveNumber, state: isFailed ? "FAILED" : "", server: "" });
  return (
    <article
      id={`decision-${wave.waveNumber}`}
      tabIndex={-1}
      className={`decision ${isFailed ? "decision-failed" : ""}`}
      aria-label={headline}
    >
      <span className={isFailed ? "mark-failed" : "mark-attention"}>
        <GlyphIcon glyph={isFailed ? "cross" : "warning"} size={20} />
      </span>
      <div className="decision-main">
        <strong>{headline}</strong>
        <div className="quiet">
          {decision.since === null ? null : (
            <>
              since <Time at={decision.since} as="near" withZone />
            </>
          )}
          {decision.until === null ? null : (
            <>
              {" · until "}
              <Time at={decision.until} as="near" withZone /> (<Left until={decision.until} />)
            </>
          )}
          {decision.otherwise === "" ? null : `: ${decision.otherwise}`}
        </div>
        {decision.who === "" ? null : <div className="quiet">Decided by: {decision.who}</div>}
        {isFailed && wave.outcomeReason !== "" ? <div>{wave.outcomeReason}</div> : null}
      </div>
      <div className="decision-acts">
        {offers.map((offer, index) => (
          <Button
            key={offer.action}
            variant={index === 0 ? "primary" : "normal"}
            disabled={!offer.allowed}
            disabledReason={offer.reason}
            onClick={() => onAct(offer)}
          >
            {labelOf(offer, wave)}
          </Button>
        ))}
        <Button variant="link" onClick={show} ariaLabel={`Show servers of wave ${wave.waveNumber}`}>
          Show servers
        </Button>
      </div>
    </article>
  );
}

function PausedCard({ detail, onAct }: Omit<Props, "select">) {
  const { execution } = detail;
  const resume = offersOnRun(detail).find(({ action }) => action === "RESUME");
  return (
    <article className="decision" aria-label="Paused">
      <span className="mark-attention">
        <GlyphIcon glyph="bars" size={20} />
      </span>
      <div className="decision-main">
        <strong>
          Paused
          {execution.pausedAt === null ? null : (
            <>
              {" since "}
              <Time at={execution.pausedAt} as="near" withZone />
            </>
          )}
        </strong>
        <div className="quiet">{execution.waitingFor?.text ?? "It starts nothing until it is resumed."}</div>
      </div>
      {resume === undefined ? null : (
        <div className="decision-acts">
          <Button
            variant="primary"
            disabled={!resume.allowed}
            disabledReason={resume.reason}
            onClick={() => onAct(resume)}
          >
            Resume
          </Button>
        </div>
      )}
    </article>
  );
}

function Left({ until }: { until: string }) {
  const now = useSecond();
  const seconds = secondsBetween(new Date(now).toISOString(), until);
  return <>{seconds <= 0 ? "over" : `${roughDuration(seconds)} left`}</>;
}
