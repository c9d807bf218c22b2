import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Suspense } from "react";
import { useSearchParams } from "react-router";
import type { Schemas } from "../../api/schemas";
import { duration } from "../../format/durations";
import { counted } from "../../format/numbers";
import { lazyPart } from "../../parts/lazy_part";
import { useNarrow } from "../../parts/use_narrow";
import { Waiting } from "../../parts/Waiting";
import { minutes } from "../minutes";
import { placesOf, useGroups } from "../use_groups";
import { Notifications } from "./Notifications";
import { Schedule } from "./Schedule";
import { Standing } from "./Standing";
import { WaveList } from "./WaveList";

const PlanGraph = lazyPart(() => import("../graph/PlanGraph"));

type Plan = Schemas["PlanDetail"];

/** The plan as it is: figures, waves, drills by schedule, and who is told. */
export default function Overview({ plan }: { plan: Plan }) {
  const groups = useGroups().data;
  const groupIds = plan.waves.flatMap((wave) => wave.protectionGroupIds);
  const isNarrow = useNarrow();
  const [selected, choose] = useSelectedWave();
  const places = placesOf(groups, groupIds);
  return (
    <SpaceBetween size="l">
      <Standing plan={plan} />
      <Container header={<Header>Key figures</Header>}>
        <KeyValuePairs
          columns={4}
          items={[
            { label: "Owner", value: plan.owner || "not stated" },
            {
              label: "Waves and groups",
              value: `${counted(plan.waves.length, "wave")}, ${counted(groupIds.length, "group")}`,
            },
            {
              label: "Places",
              value:
                places.length === 0 ? "not known" : places.map((place) => <div key={place}>{place}</div>),
            },
            { label: "Time limit of a run", value: minutes(plan.timeoutMinutes, "none") },
            { label: "RTO", value: minutes(plan.rtoMinutes, "no target") },
            { label: "RPO", value: minutes(plan.rpoMinutes, "no target") },
            { label: "A drill is due every", value: drillTarget(plan) },
            { label: "Priority where recoveries wait", value: `${plan.priority} of 1 (first) to 5` },
            { label: "Approvals", value: approvals(plan) },
            { label: "Instances of a drill", value: cleanup(plan) },
          ]}
        />
      </Container>
      <Container header={<Header counter={`(${plan.waves.length})`}>Waves</Header>}>
        <SpaceBetween size="s">
          {isNarrow ? null : (
            <Suspense fallback={<Waiting />}>
              <PlanGraph waves={plan.waves} selected={selected} onSelect={choose} />
            </Suspense>
          )}
          <WaveList waves={plan.waves} groups={groups} selected={selected} />
        </SpaceBetween>
      </Container>
      <Schedule plan={plan} />
      <Notifications subscriptions={plan.notifications} />
    </SpaceBetween>
  );
}

function approvals({ waves, approval }: Plan): string {
  const needed = waves.filter((wave) => wave.approvalRequired).length;
  if (needed === 0) return "none needed";
  const who = approval.twoPerson ? ", of a RECOVERY by another person than who started it" : "";
  return `${counted(needed, "wave")}${who}; waits ${duration(60 * approval.timeoutMinutes)}, then pauses`;
}

function drillTarget({ drillTargetDays }: Plan): string {
  return drillTargetDays === null ? "the default" : counted(drillTargetDays, "day");
}

function cleanup({ cleanup: { onSuccessMinutes, onFailureMinutes } }: Plan): string {
  const after = (value: number | null) =>
    value === null ? "kept" : `terminated after ${duration(60 * value)}`;
  if (onSuccessMinutes === onFailureMinutes) return `${after(onSuccessMinutes)}, however it ends`;
  return `${after(onSuccessMinutes)} when it ends well, otherwise ${after(onFailureMinutes)}`;
}

/** The wave that the URL names; a second choice of it takes it back. */
function useSelectedWave(): [number | null, (wave: number) => void] {
  const [search, setSearch] = useSearchParams();
  const selected = Number(search.get("wave") ?? "0") || null;
  const choose = (wave: number) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (before.get("wave") === String(wave)) next.delete("wave");
        else next.set("wave", String(wave));
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return [selected, choose];
}
