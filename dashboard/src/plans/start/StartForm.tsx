import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { useNavigate, useSearchParams } from "react-router";
import type { Schemas } from "../../api/schemas";
import { useTime } from "../../frame/Clock";
import { useRead } from "../../live/use_read";
import { lazyPart } from "../../parts/lazy_part";
import { useUser } from "../../session/permissions";
import { zone } from "../../settings/preferences";
import { modeOf } from "../mode";
import { isFresh } from "../preflight/check";
import { LATEST, useCheck } from "../preflight/use_check";
import { isOpen } from "../runs";
import { DataChoice } from "./DataChoice";
import { checkedMoment, type Data, fieldsOf, NEWEST, problemOf } from "./data";
import { ModeTiles } from "./ModeTiles";
import { needsAccept, obstacle, replaceableOf } from "./obstacles";
import { RunningAlready } from "./RunningAlready";
import { useStart } from "./use_start";
import { WhatWillHappen } from "./WhatWillHappen";
import { Why } from "./Why";
import { whyNotStart } from "./who";

const HowLong = lazyPart(() => import("./HowLong"));
const StartDialog = lazyPart(() => import("./StartDialog"));

/** One column, the button at its end. */
export function StartForm({ plan }: { plan: Schemas["PlanDetail"] }) {
  const [search, setSearch] = useSearchParams();
  const [data, setData] = useState<Data>(NEWEST);
  const [reason, setReason] = useState("");
  const [acceptDegraded, accept] = useState(false);
  const [replace, setReplace] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const shownZone = useSyncExternalStore(zone.follow, zone.get);
  const navigate = useNavigate();
  const user = useUser();
  const mode = modeOf(search);
  const now = useTime(5);
  const { check, fresh } = useFreshCheck(plan, mode, checkedMoment(data, shownZone), now);
  const newest = useRead("/executions", { query: { planId: plan.planId, limit: 1 } });
  const start = useStart(plan.planId, ({ execution }) => navigate(`/executions/${execution.executionId}`));
  const { result } = check;

  const isBusy = start.phase === "sending" || start.phase === "asking-again";
  const wish = { mode, reason, acceptDegraded, replace };
  const replaceable = replaceableOf(mode, check.servers);
  const running = newest.data?.items.find(isOpen);
  const whyNot = obstacle(wish, {
    notPermitted: whyNotStart(user, mode),
    badData: problemOf(data, shownZone, now),
    ...{ running, result, isFresh: fresh, isChecking: check.isChecking, replaceable },
  });
  const send = () =>
    start.send({
      ...{ mode, reason: reason.trim(), ...fieldsOf(data, shownZone) },
      acceptDegraded: acceptDegraded && result !== undefined && needsAccept(result, wish, replaceable),
      replaceInstances: replace ? replaceable.map(({ sourceServerId }) => sourceServerId) : [],
    });
  const chooseMode = (next: Schemas["Mode"]) => {
    setReplace(false);
    setSearch({ mode: next }, { replace: true });
  };
  return (
    <div className={`start start-${mode.toLowerCase()}`}>
      <SpaceBetween size="l">
        {running === undefined ? null : <RunningAlready mode={mode} running={running} />}
        <Container header={<Header>What</Header>}>
          <ModeTiles plan={plan} mode={mode} disabled={isBusy} change={chooseMode} />
        </Container>
        <Container header={<Header>From which data</Header>}>
          <DataChoice
            {...{ data, result, zone: shownZone, disabled: isBusy, servers: check.servers, change: setData }}
          />
        </Container>
        <WhatWillHappen plan={plan} mode={mode} check={check} data={data} />
        <Suspense>
          <HowLong planId={plan.planId} />
        </Suspense>
        <Why {...{ wish, result, replaceable, isBusy, setReason, accept, setReplace }} />
        <div className="start-end">
          <Button
            variant="primary"
            disabled={whyNot !== ""}
            disabledReason={whyNot}
            onClick={() => setAsking(true)}
          >
            Start {mode} of {plan.name}
          </Button>
          {whyNot === "" ? null : <span className="quiet">{whyNot}</span>}
        </div>
        {isAsking && result !== undefined ? (
          <Suspense>
            <StartDialog
              {...{ plan, mode, start, whyNot, summary: result.startSummary }}
              replaced={replace ? replaceable.length : 0}
              onAct={send}
              onClose={() => setAsking(false)}
            />
          </Suspense>
        ) : null}
      </SpaceBetween>
    </div>
  );
}

/** The check of the start. One that has become old, or is of other data, is asked again; one that broke is not. */
function useFreshCheck(plan: Schemas["PlanDetail"], mode: Schemas["Mode"], pointInTime: string, now: number) {
  const check = useCheck(plan, mode, pointInTime);
  const { result, read, isChecking, refusal } = check;
  const fresh = result !== undefined && isFresh(result, pointInTime === LATEST ? null : pointInTime, now);
  const state = read.data?.state;
  const mayAsk = (state === "CHECKED" || state === "NEVER_CHECKED") && refusal === null;
  const isOld = !fresh && !isChecking && mayAsk;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked when it becomes old, not at each drawing
  useEffect(() => {
    if (isOld) check.again();
  }, [isOld, mode, pointInTime]);
  return { check, fresh };
}
