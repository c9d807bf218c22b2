import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { AppLink } from "../parts/AppLink";
import { Time } from "../parts/Time";
import { ModeBadge } from "../states/ModeBadge";
import { StateMark } from "../states/StateMark";
import { labelOf } from "./acts/wording";
import { offersOnRun } from "./decisions";
import { type Detail, hasEnded, type Offer } from "./run";

/** What is run, in which state: the h1 of the page. */
export function RunHeading({ detail: { execution } }: { detail: Detail }) {
  return (
    <span className={`run-heading run-heading-${execution.mode.toLowerCase()}`}>
      <ModeBadge mode={execution.mode} /> <span>{execution.planName}</span>{" "}
      <span className="run-state">
        <StateMark kind="execution" value={execution.status} />
      </span>
    </span>
  );
}

export function RunDescription({ detail: { execution } }: { detail: Detail }) {
  const { initiatedBy, planVersion, pointInTime, reason, outcomeReason } = execution;
  return (
    <span className={`run-facts run-facts-${execution.mode.toLowerCase()}`}>
      {hasEnded(execution) && outcomeReason !== "" ? <strong>{outcomeReason} </strong> : null}
      <span>
        started <Time at={execution.startedAt} withZone /> by {initiatedBy || "an unknown caller"}
        {execution.endedAt === null ? null : (
          <>
            {" · "}ended <Time at={execution.endedAt} withZone />
          </>
        )}
        {" · "}
        <AppLink to={`/plans/${execution.planId}`}>plan version {planVersion}</AppLink>
        {" · data: "}
        {pointInTime === null ? (
          "newest"
        ) : (
          <>
            not newer than <Time at={pointInTime} withZone />
          </>
        )}
        {reason === "" ? null : ` · reason: “${reason}”`}
      </span>
    </span>
  );
}

interface ActionsProps {
  detail: Detail;
  onAct: (offer: Offer) => void;
}

/** The acts on the run as a whole; what is not possible is disabled and says why. */
export function RunActions({ detail, onAct }: ActionsProps) {
  const ended = hasEnded(detail.execution);
  const offers = offersOnRun(detail).filter(({ action }) => isShown(action, detail, ended));
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {offers.map((offer) => (
        <Button
          key={offer.action}
          disabled={!offer.allowed}
          disabledReason={offer.reason || "Not possible now."}
          onClick={() => onAct(offer)}
        >
          {labelOf(offer, undefined)}
        </Button>
      ))}
    </SpaceBetween>
  );
}

function isShown(action: Offer["action"], { execution }: Detail, ended: boolean): boolean {
  if (ended) return action === "TERMINATE_INSTANCES" || action === "DELETE";
  if (action === "PAUSE") return execution.status !== "PAUSED";
  if (action === "RESUME") return execution.status === "PAUSED";
  return action === "CANCEL";
}
