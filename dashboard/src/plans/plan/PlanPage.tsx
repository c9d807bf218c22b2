import { lazyPart } from "../../parts/lazy_part";
import "../plans.css";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs from "@cloudscape-design/components/tabs";
import { Suspense } from "react";
import { useParams, useSearchParams } from "react-router";
import type { Schemas } from "../../api/schemas";
import { useRead } from "../../live/use_read";
import { AppLink } from "../../parts/AppLink";
import { Loaded } from "../../parts/Loaded";
import { MissingRecord } from "../../parts/MissingRecord";
import { Page } from "../../parts/Page";
import { Time } from "../../parts/Time";
import { ModeBadge } from "../../states/ModeBadge";
import { StateMark } from "../../states/StateMark";
import { isOpen } from "../runs";
import { PlanActions } from "./PlanActions";

const Overview = lazyPart(() => import("./Overview"));
const PreflightTab = lazyPart(() => import("../preflight/PreflightTab"));
const Executions = lazyPart(() => import("./Executions"));
const Versions = lazyPart(() => import("../versions/Versions"));

const TABS = [
  { id: "overview", label: "Overview" },
  { id: "preflight", label: "Preflight" },
  { id: "executions", label: "Executions" },
  { id: "versions", label: "Versions" },
] as const;

/** One plan. The tab is in the URL. */
export default function PlanPage() {
  const planId = useParams()["planId"] ?? "";
  const plan = useRead("/recovery-plans/{planId}", { path: { planId } });
  const newest = useRead("/executions", { query: { planId, limit: 1 } });
  const running = newest.data?.items.find(isOpen);
  return (
    <Page
      title={plan.data?.name ?? "Recovery plan"}
      within="Plans"
      description={plan.data === undefined ? undefined : <Saved plan={plan.data} />}
      actions={plan.data === undefined ? undefined : <PlanActions plan={plan.data} />}
    >
      <Loaded
        result={plan}
        what="The plan"
        missing={<MissingRecord id={planId} list="/plans" all="All plans" />}
      >
        {(data) => (
          <SpaceBetween size="m">
            {running === undefined ? null : <RunningNow execution={running} version={data.version} />}
            <PlanTabs plan={data} />
          </SpaceBetween>
        )}
      </Loaded>
    </Page>
  );
}

function PlanTabs({ plan }: { plan: Schemas["PlanDetail"] }) {
  const [search, setSearch] = useSearchParams();
  const shown = TABS.find(({ id }) => id === search.get("tab"))?.id ?? "overview";
  return (
    <Tabs
      activeTabId={shown}
      ariaLabel="Parts of the plan"
      onChange={({ detail }) => setSearch({ tab: detail.activeTabId }, { replace: true })}
      tabs={TABS.map(({ id, label }) => ({
        id,
        label,
        content:
          id === shown ? (
            <Suspense>
              <Part id={id} plan={plan} />
            </Suspense>
          ) : null,
      }))}
    />
  );
}

function Part({ id, plan }: { id: (typeof TABS)[number]["id"]; plan: Schemas["PlanDetail"] }) {
  if (id === "preflight") return <PreflightTab plan={plan} />;
  if (id === "executions") return <Executions planId={plan.planId} />;
  if (id === "versions") return <Versions plan={plan} />;
  return <Overview plan={plan} />;
}

function Saved({ plan }: { plan: Schemas["PlanDetail"] }) {
  return (
    <>
      {plan.description === "" ? null : <>{plan.description} · </>}
      Version {plan.version}, saved <Time at={plan.updatedAt} withZone /> by{" "}
      {plan.updatedBy || plan.createdBy}
    </>
  );
}

function RunningNow({ execution, version }: { execution: Schemas["Execution"]; version: number }) {
  return (
    <div className="banner">
      <ModeBadge mode={execution.mode} />
      <StateMark kind="execution" value={execution.status} />
      <span>
        since <Time at={execution.startedAt} as="near" withZone />
        {execution.planVersion === version ? "" : `, with version ${execution.planVersion} of the plan`}.{" "}
        <AppLink to={`/executions/${execution.executionId}`} variant="primary">
          Show the execution
        </AppLink>
      </span>
    </div>
  );
}
