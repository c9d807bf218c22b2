import Button from "@cloudscape-design/components/button";
import { roughDuration } from "../format/durations";
import { useSecond } from "../frame/Clock";
import { GlyphIcon } from "../states/GlyphIcon";
import { Time } from "./Time";

interface Props {
  at: number;
  what: string;
  sentence: string;
  retry?: () => void;
}

function Age({ at }: { at: number }) {
  const now = useSecond();
  return <>{roughDuration((now - at) / 1_000)} old</>;
}

/** Above content that stays although it could not be read again. */
export function StaleNote({ at, what, sentence, retry }: Props) {
  return (
    <p className="stale mark-attention" role="status">
      <GlyphIcon glyph="warning" />
      <span>
        {what} as of <Time at={at} as="clock" withZone />, <Age at={at} />. {sentence}{" "}
        {retry === undefined ? null : (
          <Button variant="inline-link" onClick={retry}>
            Try again
          </Button>
        )}
      </span>
    </p>
  );
}
