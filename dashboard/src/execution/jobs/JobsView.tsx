import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { counted } from "../../format/numbers";
import { useRead } from "../../live/use_read";
import { Loaded } from "../../parts/Loaded";
import { Time } from "../../parts/Time";
import { PageButtons, usePages } from "../pages";
import { hasEnded } from "../run";
import type { ViewProps } from "../Views";
import { endOf, failuresOf, inOrder, type JobLog, serversOf } from "./jobs";

/** The DRS jobs, five a page, with the logs that DRS keeps. */
export default function JobsView({ detail, selection, select }: ViewProps) {
  const pages = usePages();
  const { executionId } = detail.execution;
  const jobs = useRead(
    "/executions/{executionId}/job-logs",
    { path: { executionId }, query: { limit: 5, cursor: pages.cursor } },
    { pace: { visible: hasEnded(detail.execution) ? null : 15, hidden: null }, keepPrevious: true },
  );
  return (
    <SpaceBetween size="s">
      <Alert type="info">A DRS job always ends COMPLETED. What counts is each server.</Alert>
      <Loaded result={jobs} what="The DRS jobs">
        {(page) => (
          <SpaceBetween size="s">
            {page.items.length === 0 ? (
              <p className="quiet">No DRS job yet: the first one begins with the first wave.</p>
            ) : null}
            {page.items
              .filter(({ waveNumber }) => selection.wave === null || waveNumber === selection.wave)
              .map((job) => (
                <Job
                  key={job.jobId}
                  job={job}
                  isOpen={selection.job === job.jobId}
                  open={(isOpen) => select({ job: isOpen ? job.jobId : "" })}
                />
              ))}
            {selection.wave === null ? null : (
              <p className="quiet">
                Only those of wave {selection.wave} on this page.{" "}
                <Button variant="inline-link" onClick={() => select({ wave: null })}>
                  Show all waves
                </Button>
              </p>
            )}
            <PageButtons pages={pages} next={page.nextCursor} />
          </SpaceBetween>
        )}
      </Loaded>
    </SpaceBetween>
  );
}

const ENDS = { ended: "ended", running: "not ended yet", unknown: "no log yet" } as const;

interface JobProps {
  job: JobLog;
  isOpen: boolean;
  open: (isOpen: boolean) => void;
}

function Job({ job, isOpen, open }: JobProps) {
  const failures = failuresOf(job);
  return (
    <ExpandableSection
      variant="container"
      expanded={isOpen}
      onChange={({ detail: { expanded } }) => open(expanded)}
      headerText={`Wave ${job.waveNumber} · ${job.jobId}`}
      headerDescription={[
        `${job.accountId} ${job.region}`,
        ENDS[endOf(job)],
        `${counted(serversOf(job), "server")} in its log`,
        failures > 0 ? `✕ ${counted(failures, "failure")}` : "",
      ]
        .filter(Boolean)
        .join(" · ")}
    >
      {job.problem === "" ? null : <p className="mark-attention">{job.problem}</p>}
      <div className="scrolls">
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Event</th>
              <th scope="col">Server</th>
              <th scope="col">Instance</th>
              <th scope="col">Reason</th>
            </tr>
          </thead>
          <tbody>
            {inOrder(job.lines).map((line) => (
              <tr key={`${line.at} ${line.event} ${line.sourceServerId}`}>
                <td>{line.at === null ? "–" : <Time at={line.at} as="clock" />}</td>
                <td>
                  <code>{line.event}</code>
                </td>
                <td>{line.sourceServerId || "–"}</td>
                <td>{line.instanceId || line.conversionServerId || "–"}</td>
                <td className="cell-text">
                  {line.error === "" ? "" : <span className="mark-failed">{line.error}</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </ExpandableSection>
  );
}
