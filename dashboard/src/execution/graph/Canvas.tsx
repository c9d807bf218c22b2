import { type KeyboardEvent, type ReactNode, type RefObject, useMemo, useRef } from "react";
import type { GraphWave } from "./layers";
import { type Box, type Edge, type Layout, layoutOf } from "./layout";
import { type Direction, nearest } from "./moves";

interface Props<W extends GraphWave> {
  waves: readonly W[];
  label: string;
  selected: number | null;
  /** Null: as large as fits. */
  zoom: number | null;
  drawEdge: (edge: Edge) => ReactNode;
  drawNode: (wave: W, box: Box, isEntry: boolean) => ReactNode;
  /** What is drawn above all. */
  children?: ReactNode;
  picture?: RefObject<SVGSVGElement | null>;
}

/** Waves and what they wait for. One node is in the tab order, and arrows, Home and End lead to the others. */
export function Canvas<W extends GraphWave>(props: Props<W>) {
  const { waves, label, selected, zoom, drawEdge, drawNode, children } = props;
  const own = useRef<SVGSVGElement>(null);
  const picture = props.picture ?? own;
  const layout = useLayout(waves);
  const entry = waves.find(({ waveNumber }) => waveNumber === selected) ?? waves[0];
  const move = (event: KeyboardEvent) => {
    const from = Number((event.target as Element).getAttribute("data-wave"));
    const target = event.altKey || event.ctrlKey ? null : targetOf(event.key, from, layout, waves);
    if (target === null) return;
    event.preventDefault();
    picture.current?.querySelector<SVGGElement>(`[data-wave="${target}"]`)?.focus();
  };
  return (
    <div className="graph" data-scrolls>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset of HTML cannot stand in a drawing */}
      <svg
        ref={picture}
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        width={layout.width * (zoom ?? 1)}
        height={layout.height * (zoom ?? 1)}
        className={zoom === null ? "graph-drawing graph-fits" : "graph-drawing"}
        role="group"
        aria-label={label}
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
        {layout.edges.map(drawEdge)}
        {waves.map((wave) => {
          const box = layout.nodes.get(wave.waveNumber);
          return box === undefined ? null : drawNode(wave, box, wave === entry);
        })}
        {children}
      </svg>
    </div>
  );
}

/** Depends on numbers and dependencies alone: no change of a state or of a name moves a node. */
export function useLayout(waves: readonly GraphWave[]): Layout {
  const shape = waves.map(({ waveNumber, dependsOn }) => `${waveNumber}:${dependsOn.join(",")}`).join(";");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` is what the layout is made of
  return useMemo(() => layoutOf(waves), [shape]);
}

function targetOf(key: string, from: number, { nodes }: Layout, waves: readonly GraphWave[]): number | null {
  if (!nodes.has(from)) return null;
  if (key === "Home") return waves[0]?.waveNumber ?? null;
  if (key === "End") return waves.at(-1)?.waveNumber ?? null;
  return key.startsWith("Arrow") ? nearest(nodes, from, key as Direction) : null;
}
