import { memo } from "react";
import { markOf } from "../../states/marks";
import type { Wave } from "../run";
import type { Box } from "./layout";
import { NodeGlyph } from "./NodeGlyph";
import { shownCounts, waveSentence } from "./words";

interface Props {
  wave: Wave;
  /** Its state in words. */
  word: string;
  box: Box;
  isSmall: boolean;
  isSelected: boolean;
  /** One node is in the tab order; arrows lead to the others. */
  isEntry: boolean;
  onSelect: (wave: number) => void;
}

/** A wave: number and name, state as glyph and word, launched of all servers, failures. */
export const WaveNode = memo(function WaveNode({
  wave,
  word,
  box,
  isSmall,
  isSelected,
  isEntry,
  onSelect,
}: Props) {
  const { family, glyph } = markOf("wave", wave.status);
  const { launched, failed } = shownCounts(wave);
  const choose = () => onSelect(wave.waveNumber);
  const failures = failed > 0 ? ` ✕${failed}` : "";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in a drawing
    <g
      transform={`translate(${box.x} ${box.y})`}
      className={`node node-${family} ${isSelected ? "node-selected" : ""} ${wave.status === "AWAITING_DECISION" ? "node-decision" : ""}`}
      role="button"
      tabIndex={isEntry ? 0 : -1}
      aria-pressed={isSelected}
      data-wave={wave.waveNumber}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          choose();
        }
      }}
    >
      <title>{waveSentence(wave)}</title>
      <rect className="node-box" width={box.width} height={box.height} rx="6" />
      <NodeGlyph glyph={glyph} x={10} y={isSmall ? 12 : 34} />
      {isSmall ? (
        <text x="32" y="25" className="node-title">
          {wave.waveNumber} {launched}/{wave.serverCount}
          <tspan className="node-failed">{failures}</tspan>
        </text>
      ) : (
        <>
          <text x="10" y="21" className="node-title">
            {cut(`${wave.waveNumber} ${wave.name}`, 23)}
          </text>
          <text x="32" y="46" className="node-state">
            {cut(word, 20)}
          </text>
          <text x="10" y="72" className="node-counts">
            {launched}/{wave.serverCount} launched
            <tspan className="node-failed">{failures}</tspan>
          </text>
        </>
      )}
      {wave.approvalRequired ? <Gate height={box.height} isOpen={wave.approvedBy !== ""} /> : null}
      {wave.delaySeconds > 0 && !isSmall ? (
        <text x={box.width - 8} y="72" className="node-delay" textAnchor="end">
          ◷ {Math.max(1, Math.round(wave.delaySeconds / 60))} min
        </text>
      ) : null}
    </g>
  );
});

/** An approval: a gate on the side at which the edges arrive, open once it was given. */
function Gate({ height, isOpen }: { height: number; isOpen: boolean }) {
  const middle = height / 2;
  return (
    <g className={isOpen ? "gate gate-open" : "gate"} transform={`translate(-7 ${middle - 11})`}>
      <rect width="10" height="22" rx="2" />
      <path d={isOpen ? "M2.2 11.5l2 2.2 3.6-5" : "M3.5 7v8M6.5 7v8"} />
    </g>
  );
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
