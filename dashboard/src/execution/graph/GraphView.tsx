import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useCallback, useState } from "react";
import type { Detail } from "../run";
import type { Selection } from "../selection";
import type { Select } from "../use_selection";
import { Drawing } from "./Drawing";
import { WaveList } from "./WaveList";
import { ZoomTools } from "./ZoomTools";
import "./graph.css";

interface Props {
  detail: Detail;
  selection: Selection;
  select: Select;
}

/** Below this width the list is the graph. */
const NARROW = 600;

/** The waves as a graph, or the same as a list. */
export function GraphView({ detail, selection, select }: Props) {
  const [isNarrow] = useState(() => window.innerWidth < NARROW);
  const isList = selection.list ?? isNarrow;
  const [zoom, setZoom] = useState<number | null>(null);
  const choose = useCallback(
    (wave: number) => select({ wave: wave === selection.wave ? null : wave, server: "" }),
    [select, selection.wave],
  );
  return (
    <SpaceBetween size="s">
      <div className="view-tools">
        <SegmentedControl
          label="How the waves are shown"
          selectedId={isList ? "list" : "graph"}
          onChange={({ detail: { selectedId } }) => select({ list: selectedId === "list" })}
          options={[
            { id: "graph", text: "Graph" },
            { id: "list", text: "List" },
          ]}
        />
        {isList ? null : <ZoomTools zoom={zoom} change={setZoom} />}
      </div>
      {isList ? (
        <WaveList detail={detail} selected={selection.wave} onSelect={choose} />
      ) : (
        <Drawing detail={detail} selected={selection.wave} onSelect={choose} zoom={zoom} />
      )}
    </SpaceBetween>
  );
}
