import { StaleNote } from "../parts/StaleNote";
import { Time } from "../parts/Time";

interface Props {
  part: { asOf: string | null; problem: string };
  /** "Decisions": what is old or missing. */
  what: string;
}

/** Why a part of the dashboard is old or missing; nothing when it is neither. */
export function PartProblem({ part, what }: Props) {
  if (part.problem === "") return null;
  if (part.asOf === null) return <p className="mark-attention sentence">{part.problem}</p>;
  return <StaleNote at={Date.parse(part.asOf)} what={what} sentence={part.problem} />;
}

/** When figures were counted that are not read now. */
export function AsOf({ at }: { at: string | null }) {
  if (at === null) return null;
  return (
    <>
      As of <Time at={at} as="near" withZone />.
    </>
  );
}
