import Button from "@cloudscape-design/components/button";
import { counted } from "../format/numbers";
import { ONCE } from "../live/pace";
import { useRead } from "../live/use_read";
import { Time } from "../parts/Time";
import { GlyphIcon } from "../states/GlyphIcon";
import { instancesLeft, labelOf } from "./acts/wording";
import { offersOnRun } from "./decisions";
import { type Detail, isTerminating, type Offer } from "./run";
import type { Select } from "./use_selection";

interface Props {
  detail: Detail;
  onAct: (offer: Offer) => void;
  select: Select;
}

/** After the end: what is left to do. */
export function LeftToDo({ detail, onAct, select }: Props) {
  const { execution } = detail;
  const left = instancesLeft(detail.waves);
  const failed = execution.counts?.failed ?? 0;
  const hasFailback = execution.mode === "RECOVERY" && left > 0;
  if (left === 0 && failed === 0) return null;
  const isGoing = isTerminating(execution);
  return (
    <section aria-label="What is left to do" className="decisions">
      {isGoing ? <Terminating detail={detail} /> : null}
      {left === 0 || isGoing ? null : <Running detail={detail} left={left} onAct={onAct} select={select} />}
      {failed === 0 ? null : (
        <article className="decision decision-failed">
          <span className="mark-failed">
            <GlyphIcon glyph="cross" size={20} />
          </span>
          <div className="decision-main">
            <strong>{counted(failed, "server")} failed</strong>
          </div>
          <div className="decision-acts">
            <Button variant="link" onClick={() => select({ view: "servers", wave: null, state: "FAILED" })}>
              Show them
            </Button>
          </div>
        </article>
      )}
      {hasFailback ? <Failback executionId={execution.executionId} /> : null}
    </section>
  );
}

/** How far the way back is, in the API's sentence: it asks DRS, so it is read once and when somebody comes back. */
function Failback({ executionId }: { executionId: string }) {
  const report = useRead("/drs/failback", { query: { executionId } }, { pace: ONCE });
  return (
    <article className="decision decision-plain" aria-label="Failback">
      <span className="mark-inactive">
        <GlyphIcon glyph="info" size={20} />
      </span>
      <div className="decision-main">
        <strong>Failback</strong>
        <div className="quiet">{report.data?.statement ?? report.error?.message ?? "Asking DRS …"}</div>
      </div>
    </article>
  );
}

function Running({ detail, left, onAct, select }: Props & { left: number }) {
  const { execution } = detail;
  const terminate = offersOnRun(detail).find(({ action }) => action === "TERMINATE_INSTANCES");
  return (
    <article className="decision decision-plain">
      <span className="mark-attention">
        <GlyphIcon glyph="info" size={20} />
      </span>
      <div className="decision-main">
        <strong>
          {counted(left, "launched server")} of this {execution.mode} may have instances that cost money
        </strong>
        <div className="quiet">
          {execution.cleanupAt === null ? (
            "They are not terminated by themselves."
          ) : (
            <>
              They are terminated by themselves at <Time at={execution.cleanupAt} withZone />.
            </>
          )}
        </div>
      </div>
      <div className="decision-acts">
        {terminate === undefined ? null : (
          <Button
            disabled={!terminate.allowed}
            disabledReason={terminate.reason}
            onClick={() => onAct(terminate)}
          >
            {labelOf(terminate, undefined)}
          </Button>
        )}
        <Button variant="link" onClick={() => select({ view: "instances" })}>
          Show them
        </Button>
      </div>
    </article>
  );
}

function Terminating({ detail }: { detail: Detail }) {
  const { executionId } = detail.execution;
  const progress = useRead(
    "/executions/{executionId}/termination-status",
    { path: { executionId } },
    { pace: { visible: 5, hidden: null } },
  );
  return (
    <article className="decision">
      <span className="mark-working">
        <GlyphIcon glyph="arc" size={20} />
      </span>
      <div className="decision-main">
        <strong>Instances are being terminated</strong>
        <div className="quiet">{progress.data?.statement ?? progress.error?.message ?? "Asking …"}</div>
      </div>
    </article>
  );
}
