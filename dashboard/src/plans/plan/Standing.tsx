import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Schemas } from "../../api/schemas";
import { MOST_RUNS } from "../../executions/grid/grid";
import { RunCell } from "../../executions/grid/RunCell";
import { drilledOf, readyOf } from "../../home/start_plans";
import { serverNow } from "../../live/server_clock";
import { useRead } from "../../live/use_read";
import { Loaded } from "../../parts/Loaded";
import { Time } from "../../parts/Time";
import { FactMark } from "../../states/FactMark";
import { LastRto } from "../LastRto";

type Summary = Schemas["PlanSummary"];

/** Where the plan stands: its servers now, its last good run against the RTO, its drills and its last runs. */
export function Standing({ plan }: { plan: Schemas["PlanDetail"] }) {
  // The API has these figures in the list only. A plan is the first of those whose name begins with its own.
  const list = useRead("/recovery-plans", { query: { q: plan.name, limit: 10, recentRuns: MOST_RUNS } });
  return (
    <Container header={<Header>Where it stands</Header>}>
      <Loaded result={list} what="Where the plan stands">
        {({ items }) => {
          const summary = items.find((item) => item.plan.planId === plan.planId);
          return summary === undefined ? <p className="quiet">Not known.</p> : <Facts summary={summary} />;
        }}
      </Loaded>
    </Container>
  );
}

function Facts({ summary }: { summary: Summary }) {
  const { plan, servers, lastRtoSeconds, overdueFrom, recentRuns } = summary;
  return (
    <KeyValuePairs
      columns={4}
      items={[
        {
          label: "Servers now",
          value: (
            <>
              <FactMark fact={readyOf(servers)} />
              {servers === null ? null : (
                <div className="quiet">
                  as of <Time at={servers.asOf} as="near" withZone />
                </div>
              )}
            </>
          ),
        },
        {
          label: "RTO achieved",
          value: <LastRto rtoMinutes={plan.rtoMinutes} seconds={lastRtoSeconds} />,
        },
        {
          label: "Last good drill",
          value: (
            <>
              <FactMark fact={drilledOf(summary, serverNow())} />
              <div className="quiet">
                {Date.parse(overdueFrom) < serverNow() ? "was due by " : "due by "}
                <Time at={overdueFrom} as="near" />
              </div>
            </>
          ),
        },
        {
          label: "Last runs, the newest at the right",
          value:
            recentRuns.length === 0 ? (
              "never run"
            ) : (
              <span className="last-runs">
                {recentRuns.toReversed().map((run) => (
                  <RunCell key={run.executionId} run={run} />
                ))}
              </span>
            ),
        },
      ]}
    />
  );
}
