import "./grid.css";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef } from "react";
import type { Schemas } from "../../api/schemas";
import { Nothing } from "../../lists/Nothing";
import { PageTurner } from "../../lists/PageTurner";
import { useCursors } from "../../lists/use_cursors";
import { serverNow } from "../../live/server_clock";
import { useRead } from "../../live/use_read";
import { AppButton } from "../../parts/AppButton";
import { AppLink } from "../../parts/AppLink";
import { Loaded } from "../../parts/Loaded";
import { planPath } from "../../plans/paths";
import { GlyphIcon } from "../../states/GlyphIcon";
import { EXECUTION } from "../../states/marks";
import type { Filters } from "../filters";
import { habitOf, inTime, isMeant, MOST_RUNS } from "./grid";
import { RunCell } from "./RunCell";

const PAGE = 25;

/** A row for each plan, a cell for each of its last runs: a habit of failing shows at a glance. */
export default function Grid({ filters }: { filters: Filters }) {
  const { cursor, index, turn } = useCursors(filters.q);
  const plans = useRead(
    "/recovery-plans",
    { query: { recentRuns: MOST_RUNS, limit: PAGE, q: filters.q, cursor } },
    { keepPrevious: true },
  );
  return (
    <Loaded result={plans} what="The grid">
      {({ items, nextCursor }) => {
        const rows = items.filter(({ plan }) => filters.plan === "" || plan.planId === filters.plan);
        return (
          <SpaceBetween size="s">
            {rows.length === 0 ? (
              <Nothing next={<AppButton to="/plans">All plans</AppButton>}>
                {nextCursor === null ? "No plan matches." : "No plan of this page matches; the next may."}
              </Nothing>
            ) : (
              <GridTable rows={rows} filters={filters} />
            )}
            <Legend />
            <PageTurner index={index} nextCursor={nextCursor} turn={turn} />
          </SpaceBetween>
        );
      }}
    </Loaded>
  );
}

function GridTable({ rows, filters }: { rows: readonly Schemas["PlanSummary"][]; filters: Filters }) {
  const room = useRef<HTMLElement>(null);
  // Where not all runs have room, the newest are the ones to see first.
  useEffect(() => {
    // In braces: browsers have begun to answer with a promise, which is no end of an effect.
    room.current?.scrollTo({ left: room.current.scrollWidth });
  }, []);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls on a narrow screen, and has to by keyboard
    <section ref={room} className="grid-room" tabIndex={0} aria-label="Plans and their last runs">
      <table className="grid">
        <thead>
          <tr>
            <th scope="col">Plan</th>
            <th scope="col" colSpan={MOST_RUNS}>
              Last {MOST_RUNS} runs, the newest at the right
            </th>
            <th scope="col">Failed or partial</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ plan, recentRuns }) => (
            <tr key={plan.planId}>
              <th scope="row">
                <AppLink to={planPath(plan.planId)}>{plan.name}</AppLink>
              </th>
              {inTime(recentRuns).map((run, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a place in the row, which empty cells have too
                <td key={place}>
                  {run === null ? null : <RunCell run={run} isMeant={isMeant(run, filters, serverNow())} />}
                </td>
              ))}
              <td className="quiet grid-habit">{habitOf(recentRuns)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What the shapes mean. */
function Legend() {
  return (
    <ul className="grid-legend" aria-label="What the signs mean">
      {Object.entries(EXECUTION).map(([status, { word, glyph, family }]) => (
        <li key={status} className={`mark mark-${family}`}>
          <GlyphIcon glyph={glyph} size={14} />
          {word}
        </li>
      ))}
      <li className="mark">
        <span className="grid-cell grid-recovery grid-sample" /> a RECOVERY has a thick frame
      </li>
    </ul>
  );
}
