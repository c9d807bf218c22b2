import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import { useEffect, useRef } from "react";
import type { Schemas } from "../api/schemas";
import { useAddress } from "../lists/use_address";
import { useTyped } from "../lists/use_typed";
import { serverNow } from "../live/server_clock";
import { useRead } from "../live/use_read";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { isNarrowNow } from "../parts/use_narrow";
import { PlaceChoices } from "../places/PlaceChoices";
import { planPath } from "../plans/paths";
import { StartButton } from "../plans/start/StartButton";
import { whyNotStartAny } from "../plans/start/who";
import { useUser } from "../session/permissions";
import { FactMark } from "../states/FactMark";
import { drilledOf, foundInWords, readyOf, wantedPlans } from "./start_plans";

type Row = Schemas["PlanSummary"];

const SHOWN = 3;

/** Finds a plan, and leads to the page where it is started; nothing starts from here. */
export function StartPlan({ isQuiet }: { isQuiet: boolean }) {
  const [params, choose] = useAddress();
  const wanted = wantedPlans(params);
  const plans = useRead(
    "/recovery-plans",
    { query: { ...wanted, limit: SHOWN, sort: wanted.q === "" ? "LAST_DRILL" : "NAME" } },
    { keepPrevious: true },
  );
  return (
    <Container fitHeight header={<Header actions={<AppLink to="/plans">All plans</AppLink>}>Start</Header>}>
      <div className="start-plan">
        <Find value={wanted.q} choose={(plan) => choose({ plan })} isQuiet={isQuiet} />
        <div className="start-places">
          <PlaceChoices
            accountId={wanted.accountId}
            region={wanted.region}
            choose={({ accountId, region }) => choose({ account: accountId, region })}
          />
        </div>
        <Loaded result={plans} what="The plans">
          {({ items, nextCursor }) => (
            <>
              <p className="quiet sentence" role="status">
                {foundInWords(wanted, items.length, nextCursor !== null)}
              </p>
              <ul className="rows">
                {items.map((row) => (
                  <PlanToStart key={row.plan.planId} row={row} />
                ))}
              </ul>
            </>
          )}
        </Loaded>
      </div>
    </Container>
  );
}

interface FindProps {
  value: string;
  choose: (value: string) => void;
  /** Nothing waits and nothing runs: whoever comes here is likely to start something. */
  isQuiet: boolean;
}

function Find({ value, choose, isQuiet }: FindProps) {
  const [typed, type] = useTyped(value, choose);
  const field = useRef<InputProps.Ref>(null);
  const mayStart = whyNotStartAny(useUser()) === "";
  const shouldFocus = isQuiet && mayStart;
  useEffect(() => {
    const focused = document.activeElement;
    const isFree = focused === null || focused === document.body || focused.matches(".page-head");
    if (shouldFocus && isFree && !isNarrowNow()) field.current?.focus();
  }, [shouldFocus]);
  return (
    <Input
      ref={field}
      type="search"
      value={typed}
      ariaLabel="Find a plan by the beginning of its name"
      placeholder="Find a plan by its name"
      onChange={({ detail }) => type(detail.value)}
    />
  );
}

function PlanToStart({ row }: { row: Row }) {
  const { plan } = row;
  return (
    <li className="row">
      <div className="start-row">
        <AppLink to={planPath(plan.planId)} variant="primary">
          {plan.name}
        </AppLink>
        <div className="start-facts">
          <FactMark fact={readyOf(row.servers)} />
          <FactMark fact={drilledOf(row, serverNow())} />
        </div>
      </div>
      <StartButton row={row} />
    </li>
  );
}
