import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { Schemas } from "../../api/schemas";
import { duration, secondsBetween } from "../../format/durations";
import Table, { type TableProps } from "../../lists/Table";
import { useRead } from "../../live/use_read";
import { Elapsed } from "../../parts/Elapsed";
import { Loaded } from "../../parts/Loaded";
import { Time } from "../../parts/Time";
import { StateMark } from "../../states/StateMark";
import { PageButtons, usePages } from "../pages";
import { hasEnded } from "../run";
import type { ViewProps } from "../Views";

type Step = Schemas["ExecutionStep"];

const PHASES: Record<Schemas["Phase"], string> = {
  PRE_ACTION: "Before the launch",
  POST_ACTION: "After the launch",
  VALIDATION: "Check",
};

const COLUMNS: TableProps.ColumnDefinition<Step>[] = [
  {
    id: "step",
    header: "Step",
    isRowHeader: true,
    cell: ({ name, kind }) => (
      <>
        {name} <span className="quiet">{kind}</span>
      </>
    ),
  },
  {
    id: "wave",
    header: "Wave",
    cell: ({ waveNumber, attempt }) => (attempt > 1 ? `${waveNumber}, attempt ${attempt}` : waveNumber),
  },
  { id: "phase", header: "When", cell: ({ phase }) => PHASES[phase] },
  { id: "target", header: "For", cell: ({ targetName, target }) => targetName || target || "the wave" },
  { id: "state", header: "State", cell: ({ status }) => <StateMark kind="step" value={status} /> },
  { id: "started", header: "Started", cell: ({ startedAt }) => <Time at={startedAt} as="clock" /> },
  {
    id: "took",
    header: "Took",
    cell: ({ startedAt, endedAt }) =>
      endedAt === null ? (
        <Elapsed since={startedAt} />
      ) : (
        duration(secondsBetween(startedAt, Date.parse(endedAt)))
      ),
  },
  { id: "output", header: "Output", cell: (step) => <Output step={step} /> },
];

/** The actions and validations that were started; those that were not are in the plan only. */
export default function ChecksView({ detail, selection, select }: ViewProps) {
  const pages = usePages();
  const { execution, waves } = detail;
  const planned = waves.reduce((sum, { stepCount }) => sum + stepCount, 0);
  const steps = useRead(
    "/executions/{executionId}/steps",
    {
      path: { executionId: execution.executionId },
      query: { limit: 25, cursor: pages.cursor, waveNumber: selection.wave },
    },
    { pace: { visible: hasEnded(execution) ? null : 5, hidden: null }, keepPrevious: true },
  );
  return (
    <Loaded result={steps} what="The checks">
      {(page) => (
        <SpaceBetween size="s">
          <Table
            variant="embedded"
            items={page.items}
            columnDefinitions={COLUMNS}
            wrapLines
            ariaLabels={{ tableLabel: "Actions and checks of the execution" }}
            empty={
              planned === 0 ? (
                "The waves of this plan have neither actions nor checks."
              ) : (
                <span>
                  {selection.wave === null ? "None was started yet." : "None of this wave was started yet."}{" "}
                  {selection.wave === null ? null : (
                    <Button onClick={() => select({ wave: null })}>Show all waves</Button>
                  )}
                </span>
              )
            }
          />
          <PageButtons pages={pages} next={page.nextCursor} />
        </SpaceBetween>
      )}
    </Loaded>
  );
}

function Output({ step: { output, waiting } }: { step: Step }) {
  if (output === "") return <span className="quiet">{waiting}</span>;
  const copy = () => void navigator.clipboard.writeText(output);
  return (
    <details>
      <summary>{output.split("\n", 1)[0]?.slice(0, 60)}</summary>
      <pre className="output">{output}</pre>
      <Button variant="inline-link" onClick={copy}>
        Copy
      </Button>
    </details>
  );
}
