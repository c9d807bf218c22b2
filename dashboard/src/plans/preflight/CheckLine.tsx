import Button from "@cloudscape-design/components/button";
import { duration } from "../../format/durations";
import { Time } from "../../parts/Time";
import { GlyphIcon } from "../../states/GlyphIcon";
import type { Check } from "./use_check";

/** When it was checked, how a check that runs now stands, and "Check again". */
export function CheckLine({ check: { result, isChecking, again } }: { check: Check }) {
  return (
    <div className="check-line" role="status">
      {isChecking ? (
        <span className="mark mark-working">
          <GlyphIcon glyph="arc" />
          <span>Checking the servers, their data and DRS in each account …</span>
        </span>
      ) : null}
      {result === undefined ? null : (
        <span className="quiet">
          Checked <Time at={result.checkedAt} withZone />
          {result.tookSeconds === null ? "" : `, took ${duration(result.tookSeconds)}`}
        </span>
      )}
      <Button
        iconName="refresh"
        disabled={isChecking}
        disabledReason="It is being checked now."
        onClick={again}
      >
        Check again
      </Button>
    </div>
  );
}
