import Tabs from "@cloudscape-design/components/tabs";
import { Suspense } from "react";
import { number } from "../format/numbers";
import { lazyPart } from "../parts/lazy_part";
import { Waiting } from "../parts/Waiting";
import { GraphView } from "./graph/GraphView";
import { WavePanel } from "./panel/WavePanel";
import { type Detail, hasEnded, type Offer } from "./run";
import { NO_FILTER, type Selection, VIEWS, type View } from "./selection";
import type { Select } from "./use_selection";

const ServersView = lazyPart(() => import("./servers/ServersView"));
const TimelineView = lazyPart(() => import("./timeline/TimelineView"));
const TimesView = lazyPart(() => import("./times/TimesView"));
const JobsView = lazyPart(() => import("./jobs/JobsView"));
const ChecksView = lazyPart(() => import("./checks/ChecksView"));
const InstancesView = lazyPart(() => import("./instances/InstancesView"));
const ReportView = lazyPart(() => import("./report/ReportView"));

export interface ViewProps {
  detail: Detail;
  selection: Selection;
  select: Select;
  onAct: (offer: Offer) => void;
}

const WORDS: Record<View, string> = {
  graph: "Graph",
  times: "Times",
  servers: "Servers",
  timeline: "Timeline",
  jobs: "Jobs",
  checks: "Checks",
  instances: "Instances",
  report: "Report",
};

/** The views of one run. They share one selection; beside each stands the selected wave. */
export function Views(props: ViewProps) {
  const { detail, selection, select } = props;
  const wave = detail.waves.find(({ waveNumber }) => waveNumber === selection.wave);
  const hasPanel = wave !== undefined && (selection.view === "graph" || selection.view === "times");
  return (
    <Tabs
      activeTabId={selection.view}
      ariaLabel="Views of the execution"
      onChange={({ detail: { activeTabId } }) =>
        select({ view: activeTabId as View, ...(selection.view === activeTabId ? NO_FILTER : {}) })
      }
      tabs={VIEWS.map((view) => ({
        id: view,
        label: labelOf(view, detail),
        disabled: view === "report" && !hasEnded(detail.execution),
        disabledReason: "The report is made when the execution has ended.",
        content:
          view === selection.view ? (
            <div className={hasPanel ? "with-panel" : undefined}>
              <div className="with-panel-main">
                <Suspense fallback={<Waiting />}>
                  <ViewOf {...props} />
                </Suspense>
              </div>
              {hasPanel ? (
                <aside className="panel" aria-label="Selected wave">
                  <WavePanel detail={detail} wave={wave} select={select} onAct={props.onAct} />
                </aside>
              ) : null}
            </div>
          ) : null,
      }))}
    />
  );
}

function ViewOf(props: ViewProps) {
  switch (props.selection.view) {
    case "graph":
      return <GraphView {...props} />;
    case "times":
      return <TimesView {...props} />;
    case "servers":
      return <ServersView {...props} />;
    case "timeline":
      return <TimelineView {...props} />;
    case "jobs":
      return <JobsView {...props} />;
    case "checks":
      return <ChecksView {...props} />;
    case "instances":
      return <InstancesView {...props} />;
    case "report":
      return <ReportView {...props} />;
  }
}

function labelOf(view: View, { execution }: Detail): string {
  return view === "servers" ? `Servers (${number(execution.serverCount)})` : WORDS[view];
}
