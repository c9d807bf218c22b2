import Button from "@cloudscape-design/components/button";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import type { Schemas } from "../api/schemas";
import { counted, number } from "../format/numbers";
import { labelOf } from "../launch/fields";
import type { Glyph } from "../states/families";
import { GlyphIcon } from "../states/GlyphIcon";
import { type Applied, OUTCOME_WORDS, worstFirst } from "./apply_plan";
import type { useApply } from "./use_apply";

interface Props {
  apply: ReturnType<typeof useApply>;
  hostnames: ReadonlyMap<string, string>;
}

/** How far the applying has got, failed servers first, and the failed ones once more. */
export function ApplyProgress({ apply, hostnames }: Props) {
  const { progress, total, isRunning, start } = apply;
  if (total === 0) return null;
  const failed = progress.done.filter(({ outcome }) => outcome === "FAILED");
  return (
    <>
      <ProgressBar
        label="Applying"
        value={(100 * progress.done.length) / total}
        description={`${number(progress.done.length)} of ${counted(total, "server")}, ${number(failed.length)} not applied`}
        resultText={`${number(progress.done.length - failed.length)} of ${counted(total, "server")} done`}
        status={
          isRunning ? "in-progress" : progress.done.length - failed.length < total ? "error" : "success"
        }
      />
      <ul className="plain-list scrolling">
        {worstFirst(progress.done).map((server) => (
          <Outcome
            key={server.sourceServerId}
            server={server}
            name={hostnames.get(server.sourceServerId) ?? server.sourceServerId}
          />
        ))}
      </ul>
      {failed.length === 0 || isRunning ? null : (
        <Button onClick={() => void start(failed.map(({ sourceServerId }) => sourceServerId))}>
          Try the {failed.length === 1 ? "failed one" : `${failed.length} failed ones`} again
        </Button>
      )}
    </>
  );
}

const GLYPHS: Record<Schemas["ApplyOutcome"], Glyph> = {
  FAILED: "cross",
  REMAINING: "ring",
  APPLIED: "check",
  UNCHANGED: "check",
  NOT_CONFIGURED: "dash",
};

function Outcome({ server, name }: { server: Applied; name: string }) {
  const { outcome, changed, reason } = server;
  const fields = changed.length === 0 ? "" : ` (${changed.map(labelOf).join(", ")})`;
  return (
    <li className={outcome === "FAILED" ? "mark-failed" : ""}>
      <GlyphIcon glyph={GLYPHS[outcome]} /> {name}: {OUTCOME_WORDS[outcome]}
      {fields}
      {reason === "" ? "" : `. ${reason}`}
    </li>
  );
}
