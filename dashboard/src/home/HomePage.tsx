import "./home.css";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Loaded } from "../parts/Loaded";
import { Page } from "../parts/Page";
import { DrillAges } from "./DrillAges";
import { FailedUnseen } from "./FailedUnseen";
import { FirstSteps } from "./FirstSteps";
import { HealthTiles } from "./HealthTiles";
import { LeftOver } from "./LeftOver";
import { NeedsAPerson } from "./NeedsAPerson";
import { OutcomesOverTime } from "./OutcomesOverTime";
import { RunningNow } from "./RunningNow";
import { StartPlan } from "./StartPlan";
import { runningIn, useDashboard, waitingIn } from "./use_dashboard";

/** First seen at 3 a.m.: what waits for a person, what failed unseen, what runs, how the estate is. */
export default function HomePage() {
  const dashboard = useDashboard();
  return (
    <Page title="Home">
      <Loaded result={dashboard} what="The dashboard">
        {(data) => (
          <SpaceBetween size="m">
            <NeedsAPerson part={data.decisions} />
            <FailedUnseen notices={data.notices} evidence={data.evidence} />
            <FirstSteps />
            <div className="home-main">
              <RunningNow part={data.running} />
              <StartPlan isQuiet={waitingIn(data).length === 0 && runningIn(data).length === 0} />
            </div>
            <HealthTiles data={data} />
            <div className="home-figures">
              <OutcomesOverTime part={data.outcomes} />
              <DrillAges part={data.drills} />
              <LeftOver part={data.outcomes} />
            </div>
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
}
