import { type KeyboardEvent, useRef, useState } from "react";
import { Canvas, useLayout } from "../../execution/graph/Canvas";
import { type Box, MOST_LARGE } from "../../execution/graph/layout";
import { ZoomTools } from "../../execution/graph/ZoomTools";
import { drawn } from "../graph/drawn";
import { EditEdge } from "../graph/EditEdge";
import { PlanNode } from "../graph/PlanNode";
import { type Connecting, useConnecting } from "../graph/use_connecting";
import { dependencyInWords, startsAfter, toggled, whyNotAfter, without } from "./dependencies";
import { useEdit } from "./EditContext";
import { at } from "./rules";
import { WaveTools } from "./WaveTools";
import "../../execution/graph/graph.css";
import "../graph/plan-graph.css";

interface Props {
  selected: number;
  select: (wave: number) => void;
  removeSelected: () => void;
}

/** The waves to choose, to connect and to remove: the same draft as the form beside it, with the same undo. */
export default function EditGraph({ selected, select, removeSelected }: Props) {
  const { edit } = useEdit();
  const { content, problems } = edit;
  const { waves } = content;
  const picture = useRef<SVGSVGElement>(null);
  const [zoom, setZoom] = useState<number | null>(null);
  const [told, setTold] = useState("");
  const shown = drawn(waves);
  const layout = useLayout(shown);

  const change = (number: number, needed: number) => {
    const reason = startsAfter(content, number, needed) ? "" : whyNotAfter(content, number, needed);
    setTold(reason || `${dependencyInWords(waves, number, needed)}.`);
    if (reason !== "") return;
    if (startsAfter(content, number, needed))
      setTold(`No longer: ${dependencyInWords(waves, number, needed)}.`);
    edit.change(toggled(content, number, needed));
  };
  const remove = (number: number, needed: number) => {
    setTold(`No longer: ${dependencyInWords(waves, number, needed)}.`);
    edit.change(without(content, number, needed));
  };
  const choose = (number: number, withShift: boolean) => {
    if (withShift && selected !== 0 && number !== selected) return change(selected, number);
    setTold("");
    select(number);
  };
  const onKey = (event: KeyboardEvent, number: number) => {
    if (event.key !== "Delete" || number !== selected) return;
    event.preventDefault();
    removeSelected();
  };
  const { connecting, handlers } = useConnecting(picture, layout, (from, to) => change(to, from));
  const refusal =
    connecting?.over == null || connecting.over === connecting.from
      ? ""
      : startsAfter(content, connecting.over, connecting.from)
        ? ""
        : whyNotAfter(content, connecting.over, connecting.from);

  return (
    <section aria-label="Graph of the waves" className="edit-graph">
      <div className="graph-tools">
        <WaveTools selected={selected} select={select} removeSelected={removeSelected} />
        <ZoomTools zoom={zoom} change={setZoom} />
      </div>
      <Canvas
        waves={shown}
        label="Waves and what they wait for"
        selected={selected}
        zoom={zoom}
        picture={picture}
        drawEdge={(edge) => (
          <EditEdge
            key={`${edge.from}-${edge.to}`}
            edge={edge}
            name={dependencyInWords(waves, edge.to, edge.from)}
            isOfSelected={selected === edge.from || selected === edge.to}
            onRemove={() => remove(edge.to, edge.from)}
          />
        )}
        drawNode={({ wave }, box, isEntry) => (
          <g key={wave.number}>
            <PlanNode
              wave={wave}
              box={box}
              isSmall={waves.length > MOST_LARGE}
              isSelected={selected === wave.number}
              isEntry={isEntry}
              hasProblem={at(problems, `waves[${wave.number - 1}]`) !== ""}
              className={
                connecting?.over === wave.number ? (refusal === "" ? "node-target" : "node-refused") : ""
              }
              onSelect={choose}
              onKey={onKey}
            />
            <circle
              className="node-handle"
              cx={box.x + box.width}
              cy={box.y + box.height / 2}
              r="6"
              {...handlers(wave.number)}
            />
          </g>
        )}
      >
        {connecting === null ? null : (
          <Drawn connecting={connecting} from={layout.nodes.get(connecting.from)} />
        )}
      </Canvas>
      <p className={`graph-legend ${refusal === "" ? "quiet" : "mark-failed"}`} role="status">
        {refusal || told}
      </p>
      <details className="quiet graph-legend">
        <summary>How to change the graph</summary>
        Draw from the right edge of a wave to another one, or choose a wave and then another one with Shift
        held (Shift-Enter by keyboard): it starts after that one, or no longer. Arrows lead from wave to wave,
        Enter shows the form of one, Delete removes the chosen wave or a line. Ctrl-Z takes everything back.
      </details>
    </section>
  );
}

function Drawn({ connecting, from }: { connecting: Connecting; from: Box | undefined }) {
  if (from === undefined) return null;
  const { x, y } = connecting;
  const [startX, startY] = [from.x + from.width, from.y + from.height / 2];
  const middle = (startX + x) / 2;
  return (
    <path
      className="edge edge-drawn"
      d={`M${startX} ${startY}C${middle} ${startY} ${middle} ${y} ${x} ${y}`}
    />
  );
}
