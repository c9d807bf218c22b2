import { useSyncExternalStore } from "react";
import { duration } from "../../format/durations";
import { dateTime, timeOfDay } from "../../format/times";
import { zone } from "../../settings/preferences";
import { markOf } from "../../states/marks";
import type { Span } from "../forecast";
import { NodeGlyph } from "../graph/NodeGlyph";
import { waveSentence } from "../graph/words";
import { waveTitle } from "../run";
import { NOW } from "../use_keys";
import { type Chart, type TimesRow, ticks } from "./chart";
import { heightOfServers, ServerRows } from "./ServerRows";
import { shortened } from "./shortened";
import type { WaveTimes } from "./use_server_times";

interface Props {
  chart: Chart;
  width: number;
  /** Null after the end. */
  now: number | null;
  rto: number | null;
  /** The wave whose servers are shown, and they. */
  selected: number | null;
  opened: WaveTimes | null;
  onSelect: (wave: number) => void;
  onServer: (server: string) => void;
  onAll: () => void;
}

const ROW = 34;
const HEAD = 26;
const NARROW = 560;

export function Gantt(props: Props) {
  const { chart, width, now, rto, selected, opened, onSelect, onServer, onAll } = props;
  const chosen = useSyncExternalStore(zone.follow, zone.get);
  const left = width < NARROW ? 128 : 210;
  const scale = (at: number) => left + ((at - chart.from) / (chart.to - chart.from)) * (width - left - 8);
  const isOpen = (row: TimesRow) => opened !== null && row.wave.waveNumber === selected;
  const place = chart.rows.findIndex(isOpen);
  const below = opened === null || place < 0 ? 0 : heightOfServers(opened);
  const topOf = (index: number) => HEAD + index * ROW + (place >= 0 && index > place ? below : 0);
  const height = topOf(chart.rows.length) + 6;
  const isLong = chart.to - chart.from > 86_400_000;
  // The last time of the axis ends where the drawing ends.
  const half = isLong ? 40 : 28;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset of HTML cannot stand in a drawing
    <svg width={width} height={height} className="gantt" role="group" aria-label="Times of the waves">
      <defs>
        <pattern
          id="hatched"
          width="6"
          height="6"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <path d="M0 0v6" className="hatch" />
        </pattern>
      </defs>
      {chart.pauses.map((pause) => (
        <rect
          key={pause.from}
          className="gantt-pause"
          x={scale(pause.from)}
          y={HEAD}
          width={Math.max(2, scale(pause.to) - scale(pause.from))}
          height={height - HEAD}
        >
          <title>Paused</title>
        </rect>
      ))}
      {ticks(chart.from, chart.to, Math.max(2, Math.floor((width - left) / 110))).map((tick) => (
        <g key={tick}>
          <path className="gantt-tick" d={`M${scale(tick)} ${HEAD}V${height}`} />
          <text className="gantt-time" x={Math.min(scale(tick), width - half)} y={17} textAnchor="middle">
            {isLong ? dateTime(tick, chosen).slice(5, 16) : timeOfDay(tick, chosen)}
          </text>
        </g>
      ))}
      {chart.rows.map((row, index) => (
        <Row
          key={row.wave.waveNumber}
          row={row}
          y={topOf(index)}
          left={left}
          width={width}
          scale={scale}
          isSelected={selected === row.wave.waveNumber}
          onSelect={onSelect}
        />
      ))}
      {opened === null || place < 0 ? null : (
        <ServerRows
          opened={opened}
          y={topOf(place) + ROW}
          left={left}
          width={width}
          scale={scale}
          onServer={onServer}
          onAll={onAll}
        />
      )}
      {now === null ? null : <Line at={scale(now)} height={height} name="now" />}
      {rto === null || rto > chart.to ? null : <Line at={scale(rto)} height={height} name="RTO" />}
    </svg>
  );
}

interface RowProps {
  row: TimesRow;
  y: number;
  left: number;
  width: number;
  scale: (at: number) => number;
  isSelected: boolean;
  onSelect: (wave: number) => void;
}

function Row({ row, y, left, width, scale, isSelected, onSelect }: RowProps) {
  const { wave, planned, waited, actual, expected } = row;
  const { family, glyph } = markOf("wave", wave.status);
  const choose = () => onSelect(wave.waveNumber);
  const bar = (span: Span | null, className: string, top: number, height: number) =>
    span === null ? null : (
      <rect
        className={className}
        x={scale(span.from)}
        y={y + top}
        width={Math.max(2, scale(span.to) - scale(span.from))}
        height={height}
        rx="2"
      />
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a button of HTML cannot stand in a drawing
    <g
      role="button"
      tabIndex={0}
      aria-expanded={isSelected}
      className={`gantt-row node-${family} ${isSelected ? "gantt-row-selected" : ""}`}
      onClick={choose}
      onKeyDown={(event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          choose();
        }
      }}
    >
      <title>{figuresOf(row)}</title>
      <rect className="gantt-ground" x="0" y={y} width={width} height={ROW} />
      <NodeGlyph glyph={glyph} x={4} y={y + 9} />
      <text className="gantt-name" x={26} y={y + 22}>
        {shortened(waveTitle(wave), left)}
      </text>
      {bar(planned, "gantt-planned", 4, 26)}
      {bar(waited, "gantt-waited", 12, 10)}
      {bar(actual, "gantt-actual", 9, 16)}
      {bar(expected, "gantt-expected", 9, 16)}
    </g>
  );
}

function Line({ at, height, name }: { at: number; height: number; name: string }) {
  return (
    <g
      className={`gantt-line gantt-line-${name.toLowerCase()}`}
      {...(name === "now" ? { [NOW]: "", tabIndex: -1 } : {})}
    >
      <path d={`M${at} ${HEAD - 6}V${height}`} />
      <text x={at - 4} y={height - 4} textAnchor="end">
        {name}
      </text>
    </g>
  );
}

/** What the row shows, in figures. */
function figuresOf({ wave, actual, waited }: TimesRow): string {
  const parts = [
    waveSentence(wave),
    `expected ${duration(wave.expectedSeconds)}`,
    waited === null ? "" : `waited ${duration((waited.to - waited.from) / 1_000)}`,
    actual === null
      ? ""
      : `${wave.endedAt === null ? "runs for" : "took"} ${duration((actual.to - actual.from) / 1_000)}`,
  ];
  return parts.filter(Boolean).join(", ");
}
