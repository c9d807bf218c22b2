import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import { useEffect, useRef } from "react";
import type { Schemas } from "../api/schemas";
import { Choice } from "../lists/Choice";
import { useAddress } from "../lists/use_address";
import { useTyped } from "../lists/use_typed";
import { serverNow } from "../live/server_clock";
import { useRead } from "../live/use_read";
import { AppButton } from "../parts/AppButton";
import { AppLink } from "../parts/AppLink";
import { Loaded } from "../parts/Loaded";
import { isNarrowNow } from "../parts/use_narrow";
import { usePlaces } from "../places/use_places";
import { planPath, startPath } from "../plans/paths";
import { whyNotStartAny } from "../plans/start/who";
import { useUser } from "../session/permissions";
import { GlyphIcon } from "../states/GlyphIcon";
import { drilledOf, foundInWords, type PlanFact, readyOf, wantedPlans } from "./start_plans";

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
        <PlaceChoices accountId={wanted.accountId} region={wanted.region} choose={choose} />
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

interface PlacesProps {
  accountId: string;
  region: string;
  choose: (choices: Record<string, string>) => void;
}

function PlaceChoices({ accountId, region, choose }: PlacesProps) {
  const accounts = usePlaces().data?.items ?? [];
  const regions = accounts
    .filter((account) => accountId === "" || account.accountId === accountId)
    .flatMap((account) => account.regions.map((each) => each.region));
  return (
    <div className="start-places">
      <Choice
        label="Account that the plan touches"
        none="Any account"
        value={accountId}
        options={accounts.map((account) => ({
          value: account.accountId,
          label: account.name || account.accountId,
          description: account.accountId,
        }))}
        onChoose={(account) => choose({ account, region: "" })}
      />
      <Choice
        label="Region that the plan touches"
        none="Any Region"
        value={region}
        options={[...new Set(regions)].sort().map((each) => ({ value: each, label: each }))}
        onChoose={(chosen) => choose({ region: chosen })}
      />
    </div>
  );
}

function PlanToStart({ row }: { row: Row }) {
  const { plan, runningExecutionId } = row;
  const user = useUser();
  const running = runningExecutionId === "" ? "" : "It runs now; a plan runs once at a time.";
  const reason = whyNotStartAny(user) || running;
  return (
    <li className="row">
      <div className="start-row">
        <AppLink to={planPath(plan.planId)} variant="primary">
          {plan.name}
        </AppLink>
        <div className="start-facts">
          <Fact fact={readyOf(row.servers)} />
          <Fact fact={drilledOf(row, serverNow())} />
        </div>
      </div>
      <AppButton
        to={startPath(plan.planId)}
        ariaLabel={`Start … ${plan.name}`}
        disabled={reason !== ""}
        disabledReason={reason}
      >
        Start …
      </AppButton>
    </li>
  );
}

function Fact({ fact: { family, glyph, text } }: { fact: PlanFact }) {
  return (
    <span className={`mark mark-${family}`}>
      <GlyphIcon glyph={glyph} size={14} />
      {text}
    </span>
  );
}
