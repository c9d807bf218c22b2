import type { ReactNode } from "react";
import { UsageBar } from "../capacity/UsageBar";
import { counted, number } from "../format/numbers";
import { useSecond } from "../frame/Clock";
import { AppLink } from "../parts/AppLink";
import { AccountName } from "../places/AccountName";
import { planPath } from "../plans/paths";
import { GlyphIcon } from "../states/GlyphIcon";
import { SYNC_KINDS } from "../syncs/sync_words";
import { overduePlans } from "./drill_ages";
import { AsOf, PartProblem } from "./PartProblem";
import {
  type Figure,
  fullestPlaces,
  neverRun,
  readinessFigures,
  replicationFigures,
  syncFigures,
} from "./tiles";
import type { Dashboard } from "./use_dashboard";

const MOST_PLACES = 5;
const MOST_OVERDUE = 3;

/** How the estate is. Each number leads to the list behind it. */
export function HealthTiles({ data }: { data: Dashboard }) {
  // Once a minute: ages are in minutes.
  const now = Math.floor(useSecond() / 60_000) * 60_000;
  const { estate, syncs, drills } = data;
  return (
    <section className="tiles" aria-label="Health">
      <Tile
        title="Replication"
        to="/servers"
        of={estate.data && counted(estate.data.servers.serverCount, "server")}
      >
        <PartProblem part={estate} what="Replication" />
        <Figures figures={replicationFigures(estate.data?.servers.replication ?? {})} />
        <AsOfLine at={estate.data?.servers.asOf ?? null} />
      </Tile>
      <Tile title="Ready to launch" to="/servers">
        <PartProblem part={estate} what="Readiness" />
        <Figures figures={readinessFigures(estate.data?.servers.readiness ?? {})} />
        <AsOfLine at={estate.data?.servers.asOf ?? null} />
      </Tile>
      <Tile title="Syncs" to="/settings/syncs">
        <PartProblem part={syncs} what="Syncs" />
        {syncs.data === null ? null : (
          <Figures
            figures={[...neverRun(syncs.data.runs, SYNC_KINDS), ...syncFigures(syncs.data.runs, now)]}
          />
        )}
        <AsOfLine at={syncs.asOf} />
      </Tile>
      <Tile title="Capacity" to="/capacity" of="fullest first">
        <PartProblem part={estate} what="Capacity" />
        <Places estate={estate} />
      </Tile>
      <Tile title="Drills" to="/plans?sort=lastDrill">
        <PartProblem part={drills} what="Drills" />
        <Overdue drills={drills} now={now} />
      </Tile>
    </section>
  );
}

interface TileProps {
  title: string;
  to: string;
  /** What the figures are of. */
  of?: string | null;
  children: ReactNode;
}

function Tile({ title, to, of = null, children }: TileProps) {
  return (
    <section className="tile" aria-label={title}>
      <h2 className="tile-title">
        <AppLink to={to}>{title}</AppLink> {of === null ? null : <span className="quiet">{of}</span>}
      </h2>
      {children}
    </section>
  );
}

function Figures({ figures }: { figures: readonly Figure[] }) {
  return (
    <ul className="tile-figures">
      {figures.map(({ key, family, glyph, text, to }) => (
        <li key={key} className={`mark mark-${family}`}>
          <GlyphIcon glyph={glyph} />
          <AppLink to={to}>{text}</AppLink>
        </li>
      ))}
    </ul>
  );
}

function AsOfLine({ at }: { at: string | null }) {
  return (
    <p className="quiet sentence">
      <AsOf at={at} />
    </p>
  );
}

function Places({ estate }: { estate: Dashboard["estate"] }) {
  const places = estate.data?.capacity ?? [];
  if (places.length === 0 && estate.problem === "") {
    return <p className="quiet sentence">No Region has been read yet.</p>;
  }
  return (
    <ul className="tile-figures">
      {fullestPlaces(places, MOST_PLACES).map(({ key, accountId, region, usage, problem }) => (
        <li key={key}>
          <div className="tile-place">
            <AccountName accountId={accountId} /> {region}
          </div>
          {usage === null ? (
            <span className="mark mark-unknown">
              <GlyphIcon glyph="question" /> not known
            </span>
          ) : (
            <UsageBar usage={usage} />
          )}
          {problem === "" ? null : <div className="mark-attention">{problem}</div>}
        </li>
      ))}
      {places.length > MOST_PLACES ? (
        <li className="quiet">and {number(places.length - MOST_PLACES)} more</li>
      ) : null}
    </ul>
  );
}

function Overdue({ drills, now }: { drills: Dashboard["drills"]; now: number }) {
  if (drills.data === null) return null;
  const overdue = overduePlans(drills.data.plans, now);
  if (drills.data.planCount === 0) return <p className="quiet sentence">There is no plan yet.</p>;
  return (
    <ul className="tile-figures">
      <li className={`mark mark-${overdue.length === 0 ? "good" : "attention"}`}>
        <GlyphIcon glyph={overdue.length === 0 ? "check" : "warning"} />
        {overdue.length === 0 ? (
          <AppLink to="/plans">no plan is overdue</AppLink>
        ) : (
          <AppLink to="/plans?overdue=yes">{counted(overdue.length, "plan")} overdue</AppLink>
        )}
      </li>
      {overdue.slice(0, MOST_OVERDUE).map(({ planId, name }) => (
        <li key={planId}>
          <AppLink to={planPath(planId)}>{name}</AppLink>
        </li>
      ))}
    </ul>
  );
}
