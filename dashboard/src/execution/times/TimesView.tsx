import SpaceBetween from "@cloudscape-design/components/space-between";
import { useSecond } from "../../frame/Clock";
import { useTargets } from "../Figures";
import { hasEnded } from "../run";
import { useWidth } from "../servers/use_width";
import type { ViewProps } from "../Views";
import { chartOf } from "./chart";
import { Gantt } from "./Gantt";
import { TimesTable } from "./TimesTable";
import "./gantt.css";

const STEP_MS = 5_000;

/** When the waves ran, against the plan and what is expected. */
export default function TimesView({ detail, selection, select }: ViewProps) {
  const { rto } = useTargets(detail);
  const [frame, width] = useWidth();
  // The picture moves every five seconds; a second more would not be seen.
  const now = Math.ceil(useSecond() / STEP_MS) * STEP_MS;
  const chart = chartOf(detail, now, rto);
  const choose = (wave: number) => select({ wave: wave === selection.wave ? null : wave });
  return (
    <SpaceBetween size="m">
      <div ref={frame} className="gantt-frame">
        {width > 0 ? (
          <Gantt
            chart={chart}
            width={width}
            now={hasEnded(detail.execution) ? null : now}
            rto={rto === null ? null : chart.from + rto * 60_000}
            selected={selection.wave}
            onSelect={choose}
          />
        ) : null}
      </div>
      <p className="quiet gantt-legend">
        Outlined, dashed: the plan. Solid: what has happened, pale where the wave waited. Hatched: expected.
        Grey bands: pauses.
      </p>
      <TimesTable detail={detail} />
    </SpaceBetween>
  );
}
