import { memo, useMemo, useRef, useState } from "react";
import { SERVER_IN_RUN } from "../../states/marks";
import type { Row } from "./gathered";
import { cellAt, cellBeside, mosaicOf, SIDE } from "./mosaic";

interface Props {
  rows: ReadonlyMap<string, Row>;
  width: number;
  selected: string;
  onSelect: (server: string) => void;
}

/** A square for each server. Pointer and arrows name it, Enter and a click select it. */
export const MosaicPicture = memo(function MosaicPicture({ rows, width, selected, onSelect }: Props) {
  const mosaic = useMemo(() => mosaicOf(rows.values(), width), [rows, width]);
  const [index, setIndex] = useState<number | null>(null);
  const picture = useRef<SVGSVGElement>(null);
  const pointed = index === null ? undefined : mosaic.cells[index];
  const chosen = mosaic.cells.find(({ row }) => row.sourceServerId === selected);

  const at = (event: { clientX: number; clientY: number }) => {
    const box = picture.current?.getBoundingClientRect();
    if (box === undefined) return undefined;
    return cellAt(mosaic, event.clientX - box.left, event.clientY - box.top);
  };
  return (
    <div>
      <svg
        ref={picture}
        width={width}
        height={mosaic.height}
        className="mosaic"
        role="application"
        aria-label="Servers by wave; arrows name them, Enter selects"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows name the servers in it
        tabIndex={0}
        onFocus={() => setIndex((before) => before ?? 0)}
        onMouseMove={(event) => {
          const cell = at(event);
          setIndex(cell === undefined ? null : mosaic.cells.indexOf(cell));
        }}
        onClick={(event) => {
          const cell = at(event);
          if (cell !== undefined) onSelect(cell.row.sourceServerId);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && pointed !== undefined) onSelect(pointed.row.sourceServerId);
          if (!event.key.startsWith("Arrow")) return;
          event.preventDefault();
          setIndex(cellBeside(mosaic, index ?? 0, event.key));
        }}
      >
        {mosaic.blocks.map(({ wave, count, x, y }) => (
          <text key={wave} x={x} y={y + 14} className="mosaic-label">
            Wave {wave} · {count}
          </text>
        ))}
        {mosaic.paths.map(({ status, squares, signs }) => (
          <g
            key={status}
            className={`squares squares-${SERVER_IN_RUN[status].family} squares-${status.toLowerCase()}`}
          >
            <path d={squares} />
            {signs === "" ? null : <path d={signs} className="sign" />}
          </g>
        ))}
        {[chosen, pointed].map((cell, place) =>
          cell === undefined ? null : (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: one is chosen, the other pointed at
              key={place}
              x={cell.x - 2}
              y={cell.y - 2}
              width={SIDE + 4}
              height={SIDE + 4}
              className={place === 0 ? "mosaic-chosen" : "mosaic-pointed"}
            />
          ),
        )}
      </svg>
      <p className="quiet mosaic-name" aria-live="polite">
        {pointed === undefined
          ? "Point at a square, or use the arrow keys."
          : `${pointed.row.hostname} · wave ${pointed.row.waveNumber} · ${SERVER_IN_RUN[pointed.row.status].word}`}
      </p>
    </div>
  );
});
