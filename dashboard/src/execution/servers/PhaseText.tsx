import { Time } from "../../parts/Time";
import { SEGMENT_WORDS, type Segment } from "../phases";

/** What DRS is doing with a server, and since when; nothing where that is not known. */
export function PhaseText({ phase }: { phase: Segment | undefined }) {
  if (phase === undefined) return null;
  return (
    <div className="quiet">
      {SEGMENT_WORDS[phase.letter]} since <Time at={phase.from} as="clock" />
    </div>
  );
}
