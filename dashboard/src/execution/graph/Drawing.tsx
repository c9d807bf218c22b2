import { MOST_STEPS, useSteps } from "../checks/use_steps";
import { type Detail, isWaveOver, type Wave } from "../run";
import { Canvas } from "./Canvas";
import { type Edge, MOST_LARGE, pathOf } from "./layout";
import { ticksOf } from "./ticks";
import { WaveNode } from "./WaveNode";
import { stateInWords } from "./words";

interface Props {
  detail: Detail;
  selected: number | null;
  onSelect: (wave: number) => void;
  /** Null: as large as fits. */
  zoom: number | null;
}

export function Drawing({ detail, selected, onSelect, zoom }: Props) {
  const { waves, timing } = detail;
  const hasSteps = waves.some(({ stepCount }) => stepCount > 0);
  const steps = useSteps(detail, null, hasSteps).data;
  // Of more than were read nobody can say which have no start.
  const ticks = (wave: Wave) =>
    steps === undefined || steps.length >= MOST_STEPS ? [] : ticksOf(wave, steps);
  const byNumber = new Map(waves.map((wave) => [wave.waveNumber, wave]));
  return (
    <>
      <Canvas
        waves={waves}
        label="Waves and what they wait for"
        selected={selected}
        zoom={zoom}
        drawEdge={(edge) => (
          <path
            key={`${edge.from}-${edge.to}`}
            d={pathOf(edge)}
            markerEnd="url(#arrow)"
            className={edgeClass(edge, timing.criticalPath, byNumber.get(edge.from))}
          />
        )}
        drawNode={(wave, box, isEntry) => (
          <WaveNode
            key={wave.waveNumber}
            wave={wave}
            ticks={ticks(wave).join(" ")}
            word={stateInWords(wave, waves)}
            box={box}
            isSmall={waves.length > MOST_LARGE}
            isSelected={selected === wave.waveNumber}
            isEntry={isEntry}
            onSelect={onSelect}
          />
        )}
      />
      <p className="quiet graph-legend">
        Solid: what was waited for is over. Dashed: still waited for. Thick: the critical path so far. A gate:
        needs an approval.{hasSteps ? " Signs on the right edge: actions and checks." : ""}
      </p>
    </>
  );
}

function edgeClass(edge: Edge, path: readonly number[], from: Detail["waves"][number] | undefined): string {
  const place = path.indexOf(edge.from);
  const isCritical = place >= 0 && path[place + 1] === edge.to;
  const isMet = from !== undefined && isWaveOver(from);
  return `edge ${isMet ? "edge-met" : "edge-open"} ${isCritical ? "edge-critical" : ""}`;
}
