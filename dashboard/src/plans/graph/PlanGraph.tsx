import { useState } from "react";
import { Canvas } from "../../execution/graph/Canvas";
import { MOST_LARGE, pathOf } from "../../execution/graph/layout";
import { ZoomTools } from "../../execution/graph/ZoomTools";
import type { Wave } from "../content";
import { drawn } from "./drawn";
import { PlanNode } from "./PlanNode";
import "../../execution/graph/graph.css";
import "./plan-graph.css";

interface Props {
  waves: readonly Wave[];
  selected: number | null;
  onSelect: (wave: number) => void;
}

/** The waves of a plan and what they wait for, to look at. */
export default function PlanGraph({ waves, selected, onSelect }: Props) {
  const [zoom, setZoom] = useState<number | null>(null);
  return (
    <div>
      <div className="graph-tools">
        <ZoomTools zoom={zoom} change={setZoom} />
      </div>
      <Canvas
        waves={drawn(waves)}
        label="Waves and what they wait for"
        selected={selected}
        zoom={zoom}
        drawEdge={(edge) => (
          <path
            key={`${edge.from}-${edge.to}`}
            d={pathOf(edge)}
            markerEnd="url(#arrow)"
            className={`edge ${selected === edge.from || selected === edge.to ? "edge-critical" : ""}`}
          />
        )}
        drawNode={({ wave }, box, isEntry) => (
          <PlanNode
            key={wave.number}
            wave={wave}
            box={box}
            isSmall={waves.length > MOST_LARGE}
            isSelected={selected === wave.number}
            isEntry={isEntry}
            onSelect={onSelect}
          />
        )}
      />
    </div>
  );
}
