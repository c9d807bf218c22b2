import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { Suspense } from "react";
import type { Schemas } from "../api/schemas";
import { counted, number } from "../format/numbers";
import { oneOf } from "../lists/address";
import { Choice } from "../lists/Choice";
import { useAddress } from "../lists/use_address";
import { serverNow } from "../live/server_clock";
import { AppLink } from "../parts/AppLink";
import { lazyPart } from "../parts/lazy_part";
import { GlyphIcon } from "../states/GlyphIcon";
import { outcomesOf } from "./outcomes";
import { AsOf, PartProblem } from "./PartProblem";
import type { Dashboard } from "./use_dashboard";

const OutcomesChart = lazyPart(() => import("./OutcomesChart"));

const MODES: readonly Schemas["Mode"][] = ["DRILL", "RECOVERY"];

/** How executions ended over the last weeks: a chart, and the sums in words, which lead to the runs. */
export function OutcomesOverTime({ part }: { part: Dashboard["outcomes"] }) {
  const [params, choose] = useAddress();
  const mode = oneOf(params.get("outcomes"), MODES) ?? "";
  const outcomes = part.data === null ? null : outcomesOf(part.data, mode, serverNow());
  return (
    <Container
      fitHeight
      header={
        <Header
          description={
            outcomes === null ? undefined : (
              <>
                {counted(outcomes.total, "execution")} that ended, by the week of the start (UTC).{" "}
                <AsOf at={part.asOf} />
              </>
            )
          }
          actions={
            <Choice
              label="Mode of what is counted"
              none="Drills and recoveries"
              value={mode}
              options={[
                { value: "DRILL", label: "Drills" },
                { value: "RECOVERY", label: "Recoveries" },
              ]}
              onChoose={(value) => choose({ outcomes: value })}
            />
          }
        >
          Outcomes, 90 days
        </Header>
      }
    >
      <PartProblem part={part} what="Outcomes" />
      {outcomes === null ? null : outcomes.total === 0 ? (
        <p className="quiet sentence">No execution has ended in these weeks.</p>
      ) : (
        <>
          <ul className="outcome-sums">
            {outcomes.series.map(({ status, family, glyph, word, total }) => (
              <li key={status} className={`mark mark-${family}`}>
                <GlyphIcon glyph={glyph} />
                <AppLink to={historyOf(status, mode)}>
                  {number(total)} {word.toLocaleLowerCase("en")}
                </AppLink>
              </li>
            ))}
          </ul>
          <Suspense fallback={<div className="chart-room" />}>
            <OutcomesChart outcomes={outcomes} />
          </Suspense>
        </>
      )}
    </Container>
  );
}

function historyOf(status: string, mode: string): string {
  return `/executions?${new URLSearchParams({ status, days: "90", ...(mode === "" ? {} : { mode }) }).toString()}`;
}
