import { useRef } from "react";
import { type Edge, pathOf } from "../../execution/graph/layout";

interface Props {
  edge: Edge;
  /** What it says: "Web starts after App". */
  name: string;
  /** The lines of the chosen wave are in the tab order. */
  isOfSelected: boolean;
  onRemove: () => void;
}

/** A line of the graph that can be taken away: with Delete once it has the focus. */
export function EditEdge({ edge, name, isOfSelected, onRemove }: Props) {
  const line = useRef<SVGGElement>(null);
  const path = pathOf(edge);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in a drawing
    <g
      ref={line}
      className={`edge-button ${isOfSelected ? "edge-button-selected" : ""}`}
      role="button"
      tabIndex={isOfSelected ? 0 : -1}
      aria-label={`${name}; Delete removes it`}
      onClick={() => line.current?.focus()}
      onKeyDown={(event) => {
        if (event.key !== "Delete" && event.key !== "Backspace") return;
        event.preventDefault();
        onRemove();
      }}
    >
      <title>{name}</title>
      <path d={path} className="edge-ground" />
      <path d={path} markerEnd="url(#arrow)" className="edge" />
    </g>
  );
}
