import SpaceBetween from "@cloudscape-design/components/space-between";
import { useTime } from "../../frame/Clock";
import { useTargets } from "../Figures";
import { hasEnded } from "../run";
import { useWidth } from "../servers/use_width";
import type { ViewProps } from "../Views";
import { chartOf } from "./chart";
import { Gantt } from "./Gantt";
import { ServerTimesTable } from "./ServerTimesTable";
import { TimesTable } from "./TimesTable";
import { useServerTimes } from "./use_server_times";
import "./gantt.css";

const STEP_SECONDS = 5;

/** When the waves ran, against the plan and what is expected. */
export default function TimesView({ detail, selection, select }: ViewProps) {
  const { rto } = useTargets(detail);
  const [frame, width] = useWidth();
  // The picture moves every five seconds; a second more would not be seen.
  const now = useTime(STEP_SECONDS);
  const chart = chartOf(detail, now, rto);
  const isKnown = detail.waves.some(({ waveNumber }) => waveNumber === selection.wave);
  const opened = useServerTimes(detail, isKnown ? selection.wave : null, now);
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
            opened={opened}
            onSelect={choose}
            onServer={(server) => select({ view: "servers", server })}
            onAll={() => select({ view: "servers", state: "" })}
          />
        ) : null}
      </div>
      <p className="quiet gantt-legend">
        Outlined, dashed: the plan. Solid: what has happened, pale where the wave waited. Hatched: expected.
        Grey bands: pauses. Enter opens the servers of a wave: S snapshot, C conversion, L launch, V checks.
      </p>
      {opened === null ? null : <ServerTimesTable opened={opened} />}
      <TimesTable detail={detail} />
    </SpaceBetween>
  );
}
