import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Confirmation } from "../../acts/Confirmation";
import { counted } from "../../format/numbers";
import { Time } from "../../parts/Time";
import { GlyphIcon } from "../../states/GlyphIcon";
import { ModeBadge } from "../../states/ModeBadge";
import { type Deletable, keptInWords, type Outcome, sortedOut, summary } from "./deletion";
import { useDeletion } from "./use_deletion";

interface Props {
  chosen: readonly Deletable[];
  /** `done`: something was asked to be deleted, so that the choice is over. */
  close: (done: boolean) => void;
}

/** Asks before several executions are deleted, and says of each what became of it. */
export default function DeleteDialog({ chosen, close }: Props) {
  const { outcomes, isRunning, start } = useDeletion();
  const { deleted, kept } = sortedOut(chosen);
  const what = counted(deleted.length, "execution");
  if (outcomes !== null) {
    return <Outcomes {...{ outcomes, isRunning, total: deleted.length, close, start }} />;
  }
  if (deleted.length === 0) return <NothingToDelete kept={kept} close={() => close(false)} />;
  return (
    <Confirmation
      title={`Delete ${what}?`}
      toType="delete"
      safe="Keep"
      dangerous={`Delete ${deleted.length}`}
      underWay="Deleting"
      isPending={isRunning}
      failure={null}
      onConfirm={() => start(deleted)}
      onLeave={() => close(false)}
    >
      Their timelines go with them; the audit log stays. {keptInWords(kept)}
      <ul className="sentences">
        {deleted.map((execution) => (
          <li key={execution.executionId}>
            <Named execution={execution} />
          </li>
        ))}
      </ul>
    </Confirmation>
  );
}

function Named({ execution: { mode, planName, startedAt } }: { execution: Deletable }) {
  return (
    <span className="run-named">
      <ModeBadge mode={mode} /> {planName}, started <Time at={startedAt} withZone />
    </span>
  );
}

function NothingToDelete({ kept, close }: { kept: readonly Deletable[]; close: () => void }) {
  return (
    <Modal
      visible
      header="Nothing can be deleted"
      closeAriaLabel="Close"
      onDismiss={close}
      footer={<Closing close={close} />}
    >
      {keptInWords(kept)} Terminate the instances first.
    </Modal>
  );
}

function Closing({ close }: { close: () => void }) {
  return (
    <Box float="right">
      <Button onClick={close}>Close</Button>
    </Box>
  );
}

interface OutcomesProps {
  outcomes: readonly Outcome[];
  isRunning: boolean;
  total: number;
  close: (done: boolean) => void;
  start: (executions: readonly Deletable[]) => void;
}

function Outcomes({ outcomes, isRunning, total, close, start }: OutcomesProps) {
  const failed = outcomes.filter(({ result }) => result !== "deleted");
  return (
    <Modal
      visible
      header={isRunning ? "Deleting …" : "What was deleted"}
      closeAriaLabel="Close"
      onDismiss={() => (isRunning ? undefined : close(true))}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {failed.length === 0 ? null : (
              <Button disabled={isRunning} onClick={() => start(failed.map(({ execution }) => execution))}>
                Try {failed.length} again
              </Button>
            )}
            <Button disabled={isRunning} onClick={() => close(true)}>
              Close
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="s">
        {isRunning ? (
          <ProgressBar
            ariaLabel="Executions deleted"
            value={(100 * outcomes.length) / Math.max(total, 1)}
            additionalInfo={`${outcomes.length} of ${total}`}
          />
        ) : (
          <p role="status" className="sentence">
            {summary(outcomes)}
          </p>
        )}
        <ul className="rows">
          {failed.map(({ execution, result, reason }) => (
            <li key={execution.executionId} className="row">
              <div className="row-main">
                <Named execution={execution} />
                <div className={`mark mark-${result === "refused" ? "failed" : "unknown"}`}>
                  <GlyphIcon glyph={result === "refused" ? "cross" : "question"} />
                  <span>
                    {result === "refused" ? "Not deleted. " : "Not known whether it was deleted. "}
                    {reason}
                  </span>
                </div>
              </div>
            </li>
          ))}
        </ul>
      </SpaceBetween>
    </Modal>
  );
}
