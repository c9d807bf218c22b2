import Button from "@cloudscape-design/components/button";
import type { Schemas } from "../../api/schemas";
import { duration } from "../../format/durations";
import { useAway } from "../../live/away";
import { Elapsed } from "../../parts/Elapsed";
import { Time } from "../../parts/Time";
import { GlyphIcon } from "../../states/GlyphIcon";
import { Refused } from "../Refused";
import { progressOf } from "./progress";
import type { Check } from "./use_check";

/** When it was checked, how a check that runs now stands, and "Check again". */
export function CheckLine({ check }: { check: Check }) {
  const away = useAway();
  const { result, isChecking, refusal, read, again } = check;
  const preflight = read.data;
  return (
    <>
      <div className="check-line">
        {isChecking ? <Running check={preflight?.state === "CHECKING" ? preflight.check : null} /> : null}
        {result === undefined ? null : (
          <span className="quiet">
            Checked <Time at={result.checkedAt} withZone />, took {duration(result.tookSeconds)}
          </span>
        )}
        <Button
          iconName="refresh"
          disabled={isChecking || away !== ""}
          disabledReason={away || "It is being checked now."}
          onClick={again}
        >
          {result === undefined ? "Check now" : "Check again"}
        </Button>
      </div>
      {preflight === undefined ? null : <Notes preflight={preflight} />}
      {refusal === null || isChecking ? null : <Refused failure={refusal} what="No check was begun" />}
    </>
  );
}

/** Why the result may not be true, or why there is none. */
function Notes({ preflight: { state, statement, check, result } }: { preflight: Schemas["PlanPreflight"] }) {
  const hasBroken = state === "FAILED" || state === "INTERRUPTED";
  return (
    <>
      {hasBroken || state === "NEVER_CHECKED" ? (
        <p className={hasBroken ? "plan-text sentence-attention" : "plan-text"}>
          {statement} {check?.problem}
        </p>
      ) : null}
      {result?.planChanged ? (
        <p className="plan-text sentence-attention">
          The plan has been saved since this check, which was of version {result.planVersion}.
        </p>
      ) : null}
    </>
  );
}

function Running({ check }: { check: Schemas["ShownCheck"] | null }) {
  return (
    <div className="check-running">
      <span className="mark mark-working" role="status">
        <GlyphIcon glyph="arc" />
        <span>Checking the servers, their data and DRS in each account …</span>
      </span>
      {check === null ? null : (
        <>
          {" "}
          <span className="quiet">
            <Elapsed since={check.startedAt} />
          </span>
          <ul className="places">
            {check.progress.map((place) => (
              <li key={`${place.accountId} ${place.region}`} className="quiet">
                {place.accountId} {place.region}: {progressOf(place)}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
