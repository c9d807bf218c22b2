import { type KeyboardEvent, memo } from "react";
import type { Box } from "../../execution/graph/layout";
import { cut, Gate, NodeFrame } from "../../execution/graph/NodeFrame";
import { counted } from "../../format/numbers";
import type { Wave } from "../content";
import { startOf, stepsOf } from "../plan/waves";

interface Props {
  wave: Wave;
  box: Box;
  isSmall: boolean;
  isSelected: boolean;
  isEntry: boolean;
  hasProblem?: boolean;
  className?: string;
  onSelect: (wave: number, withShift: boolean) => void;
  onKey?: (event: KeyboardEvent, wave: number) => void;
}

/** A wave of a plan: number and name, what it launches, its steps, its delay, and a gate where it needs an approval. */
export const PlanNode = memo(function PlanNode(props: Props) {
  const { wave, box, isSmall, hasProblem = false, className = "", ...frame } = props;
  return (
    <NodeFrame
      {...frame}
      wave={wave.number}
      box={box}
      className={`plan-node ${hasProblem ? "node-failed" : ""} ${className}`}
      sentence={sentenceOf(wave, hasProblem)}
    >
      <text x="10" y={isSmall ? 25 : 21} className="node-title">
        {cut(isSmall ? `${wave.number}` : `${wave.number} ${wave.name || "without a name"}`, 21)}
      </text>
      {hasProblem ? (
        <text x={box.width - 8} y={isSmall ? 25 : 21} className="node-failed" textAnchor="end">
          ✕
        </text>
      ) : null}
      {isSmall ? null : <Contents wave={wave} right={box.width - 8} />}
      {wave.approvalRequired ? <Gate height={box.height} isOpen={false} /> : null}
    </NodeFrame>
  );
});

function Contents({ wave, right }: { wave: Wave; right: number }) {
  return (
    <>
      <text x="10" y="46">
        {counted(wave.protectionGroupIds.length, "group")}
      </text>
      <text x="10" y="70" className="node-delay">
        {stepsOf(wave)}
      </text>
      {wave.delaySeconds > 0 ? (
        <text x={right - 6} y="46" className="node-delay" textAnchor="end">
          ◷ {Math.max(1, Math.round(wave.delaySeconds / 60))} min
        </text>
      ) : null}
    </>
  );
}

function sentenceOf(wave: Wave, hasProblem: boolean): string {
  return [
    `Wave ${wave.number} ${wave.name || "without a name"}: ${startOf(wave)}`,
    counted(wave.protectionGroupIds.length, "group"),
    stepsOf(wave),
    wave.approvalRequired ? "needs an approval" : "",
    hasProblem ? "has problems" : "",
  ]
    .filter(Boolean)
    .join(", ");
}
