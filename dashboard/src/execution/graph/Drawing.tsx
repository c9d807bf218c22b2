import { type KeyboardEvent, useMemo, useRef } from "react";
import { type Detail, isWaveOver } from "../run";
import { type Edge, layoutOf, MOST_LARGE, pathOf } from "./layout";
import { type Direction, nearest } from "./moves";
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
  const drawing = useRef<SVGSVGElement>(null);
  // Only what the layout depends on: no change of a state moves a node.
  const shape = waves.map(({ waveNumber, dependsOn }) => `${waveNumber}:${dependsOn.join(",")}`).join(";");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` is what the layout is made of
  const layout = useMemo(() => layoutOf(waves), [shape]);
  const byNumber = new Map(waves.map((wave) => [wave.waveNumber, wave]));
  const entry = selected !== null && byNumber.has(selected) ? selected : waves[0]?.waveNumber;

  const move = (event: KeyboardEvent) => {
    const from = Number((event.target as Element).getAttribute("data-wave"));
    const target = targetOf(event.key, from, layout.nodes, waves);
    if (target === null) return;
    event.preventDefault();
    drawing.current?.querySelector<SVGGElement>(`[data-wave="${target}"]`)?.focus();
  };

  return (
    <div className="graph" data-scrolls>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset of HTML cannot stand in a drawing */}
      <svg
        ref={drawing}
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        width={layout.width * (zoom ?? 1)}
        height={layout.height * (zoom ?? 1)}
        className={zoom === null ? "graph-drawing graph-fits" : "graph-drawing"}
        role="group"
        aria-label="Waves and what they wait for"
        onKeyDown={move}
      >
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerUnits="userSpaceOnUse"
            markerWidth="11"
            markerHeight="11"
            orient="auto"
          >
            <path d="M0 0.5L7.5 4 0 7.5z" className="edge-head" />
          </marker>
        </defs>
        {layout.edges.map((edge) => (
          <path
            key={`${edge.from}-${edge.to}`}
            d={pathOf(edge)}
            markerEnd="url(#arrow)"
            className={edgeClass(edge, timing.criticalPath, byNumber.get(edge.from))}
          />
        ))}
        {waves.map((wave) => {
          const box = layout.nodes.get(wave.waveNumber);
          return box === undefined ? null : (
            <WaveNode
              key={wave.waveNumber}
              wave={wave}
              word={stateInWords(wave, waves)}
              box={box}
              isSmall={waves.length > MOST_LARGE}
              isSelected={selected === wave.waveNumber}
              isEntry={entry === wave.waveNumber}
              onSelect={onSelect}
            />
          );
        })}
      </svg>
      <p className="quiet graph-legend">
        Solid: what was waited for is over. Dashed: still waited for. Thick: the critical path so far.
      </p>
    </div>
  );
}

function edgeClass(edge: Edge, path: readonly number[], from: Detail["waves"][number] | undefined): string {
  const place = path.indexOf(edge.from);
  const isCritical = place >= 0 && path[place + 1] === edge.to;
  const isMet = from !== undefined && isWaveOver(from);
  return `edge ${isMet ? "edge-met" : "edge-open"} ${isCritical ? "edge-critical" : ""}`;
}

function targetOf(
  key: string,
  from: number,
  nodes: ReturnType<typeof layoutOf>["nodes"],
  waves: Detail["waves"],
): number | null {
  if (key === "Home") return waves[0]?.waveNumber ?? null;
  if (key === "End") return waves.at(-1)?.waveNumber ?? null;
  return key.startsWith("Arrow") ? nearest(nodes, from, key as Direction) : null;
}
