import BarChart from "@cloudscape-design/components/bar-chart";
import type { Outcomes } from "./outcomes";

const COLOURS: Readonly<Record<string, string>> = {
  COMPLETED: "var(--state-good)",
  PARTIAL: "var(--attention-edge)",
  FAILED: "var(--state-failed)",
  TIMED_OUT: "var(--timed-out)",
};

/** Executions by the week in which they started, as stacked bars. Fetched after the page. */
export default function OutcomesChart({ outcomes: { mondays, series, most } }: { outcomes: Outcomes }) {
  return (
    <BarChart
      series={series.map(({ status, word, counts }) => ({
        type: "bar",
        title: word,
        color: COLOURS[status] ?? "var(--state-inactive)",
        data: mondays.map((monday, index) => ({ x: shortDay(monday), y: counts[index] ?? 0 })),
        valueFormatter: (value: number) => String(value),
      }))}
      xDomain={mondays.map(shortDay)}
      yDomain={[0, Math.max(4, most)]}
      xScaleType="categorical"
      stackedBars
      hideFilter
      hideLegend
      height={150}
      ariaLabel="Outcomes of executions by week"
      xTitle="Week from"
      yTitle="Executions"
      i18nStrings={{
        yTickFormatter: (value) => (Number.isInteger(value) ? String(value) : ""),
        xTickFormatter: (value) => value,
        detailPopoverDismissAriaLabel: "Close",
        chartAriaRoleDescription: "bar chart",
        xAxisAriaRoleDescription: "weeks",
        yAxisAriaRoleDescription: "number of executions",
      }}
    />
  );
}

/** "2026-11-23" → "11-23": the year is that of today or of the page's ninety days. */
function shortDay(day: string): string {
  return day.slice(5);
}
