import type { KeyboardEvent, ReactNode } from "react";
import type { Box } from "./layout";

interface Props {
  wave: number;
  box: Box;
  className: string;
  /** For the tooltip, and for those who do not see the drawing. */
  sentence: string;
  isSelected: boolean;
  /** One node is in the tab order; arrows lead to the others. */
  isEntry: boolean;
  onSelect: (wave: number, withShift: boolean) => void;
  onKey?: (event: KeyboardEvent, wave: number) => void;
  children: ReactNode;
}

/** The box of a wave: a button of the drawing. */
export function NodeFrame({
  wave,
  box,
  className,
  sentence,
  isSelected,
  isEntry,
  onSelect,
  onKey,
  children,
}: Props) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in a drawing
    <g
      transform={`translate(${box.x} ${box.y})`}
      className={`node ${className} ${isSelected ? "node-selected" : ""}`}
      role="button"
      tabIndex={isEntry ? 0 : -1}
      aria-pressed={isSelected}
      data-wave={wave}
      onClick={(event) => onSelect(wave, event.shiftKey)}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          onSelect(wave, event.shiftKey);
        } else onKey?.(event, wave);
      }}
    >
      <title>{sentence}</title>
      <rect className="node-box" width={box.width} height={box.height} rx="6" />
      {children}
    </g>
  );
}

/** An approval: a gate on the side at which the edges arrive, open once it was given. */
export function Gate({ height, isOpen }: { height: number; isOpen: boolean }) {
  const middle = height / 2;
  return (
    <g className={isOpen ? "gate gate-open" : "gate"} transform={`translate(-7 ${middle - 11})`}>
      <rect width="10" height="22" rx="2" />
      <path d={isOpen ? "M2.2 11.5l2 2.2 3.6-5" : "M3.5 7v8M6.5 7v8"} />
    </g>
  );
}

/** A text as long as there is room for it. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
