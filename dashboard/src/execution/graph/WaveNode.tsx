import { memo } from "react";
import { Elapsed } from "../../parts/Elapsed";
import { markOf } from "../../states/marks";
import type { Wave } from "../run";
import type { Box } from "./layout";
import { cut, Gate, NodeFrame } from "./NodeFrame";
import { NodeGlyph } from "./NodeGlyph";
import { StepTicks } from "./StepTicks";
import type { Tick } from "./ticks";
import { doneShare, shownCounts, tookOf, waveSentence } from "./words";

interface Props {
  wave: Wave;
  /** Its steps; one text, so that what has not changed is not drawn again. */
  ticks: string;
  /** Its state in words. */
  word: string;
  box: Box;
  isSmall: boolean;
  isSelected: boolean;
  isEntry: boolean;
  onSelect: (wave: number) => void;
}

/** A wave: number and name, state as glyph and word, launched of all servers, failures, how long it runs. */
export const WaveNode = memo(function WaveNode(props: Props) {
  const { wave, box, isSmall, isSelected, isEntry, onSelect } = props;
  const ticks = props.ticks === "" ? [] : (props.ticks.split(" ") as Tick[]);
  const { family, glyph } = markOf("wave", wave.status);
  const decision = wave.status === "AWAITING_DECISION" ? "node-decision" : "";
  return (
    <NodeFrame
      wave={wave.waveNumber}
      box={box}
      className={`node-${family} ${decision}`}
      sentence={waveSentence(wave, ticks)}
      isSelected={isSelected}
      isEntry={isEntry}
      onSelect={onSelect}
    >
      <NodeGlyph glyph={glyph} x={10} y={isSmall ? 8 : 34} />
      {isSmall ? <SmallText wave={wave} box={box} /> : <LargeText {...props} />}
      {wave.approvalRequired ? <Gate height={box.height} isOpen={wave.approvedBy !== ""} /> : null}
      <StepTicks ticks={ticks} box={box} />
    </NodeFrame>
  );
});

function SmallText({ wave, box }: { wave: Wave; box: Box }) {
  const { failed } = shownCounts(wave);
  const room = box.width - 20;
  return (
    <>
      <text x="32" y="21" className="node-title">
        {wave.waveNumber}
        <tspan className="node-failed">{failed > 0 ? ` ✕${failed}` : ""}</tspan>
      </text>
      <rect className="node-bar" x="10" y="29" width={room} height="5" rx="2" />
      <rect className="node-bar-done" x="10" y="29" width={room * doneShare(wave)} height="5" rx="2" />
    </>
  );
}

function LargeText({ wave, word, box }: Props) {
  const { launched, failed } = shownCounts(wave);
  return (
    <>
      <text x="10" y="21" className="node-title">
        {cut(`${wave.waveNumber} ${wave.name}`, 23)}
      </text>
      <text x="32" y="46" className="node-state">
        {cut(word, 20)}
      </text>
      <text x="10" y="72" className="node-counts">
        {launched}/{wave.serverCount} launched
        <tspan className="node-failed">{failed > 0 ? ` ✕${failed}` : ""}</tspan>
      </text>
      <text x={box.width - 8} y="72" className="node-delay" textAnchor="end">
        <Time wave={wave} />
      </text>
    </>
  );
}

/** How long it has run; before it starts, how long it waits after the waves before it. */
function Time({ wave }: { wave: Wave }) {
  if (wave.startedAt !== null && wave.endedAt === null) return <Elapsed since={wave.startedAt} />;
  if (wave.startedAt !== null) return <>{tookOf(wave)}</>;
  return wave.delaySeconds > 0 ? <>◷ {Math.max(1, Math.round(wave.delaySeconds / 60))} min</> : null;
}
