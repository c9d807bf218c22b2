import type { Box } from "./layout";
import type { Tick } from "./ticks";

const MOST_APART = 12;
const LARGEST = 4;

/** The steps of a wave as signs on its right edge: ring not started, dot running, ✓ passed, ✕ failed, – skipped. */
export function StepTicks({ ticks, box }: { ticks: readonly Tick[]; box: Box }) {
  const apart = Math.min(MOST_APART, (box.height - 8) / Math.max(1, ticks.length));
  const first = (box.height - apart * (ticks.length - 1)) / 2;
  const scale = Math.min(LARGEST, apart / 2) / LARGEST;
  return (
    <>
      {ticks.map((tick, index) => (
        <g
          // biome-ignore lint/suspicious/noArrayIndexKey: a tick is its place
          key={index}
          className={`tick tick-${tick}`}
          transform={`translate(${box.width} ${first + apart * index}) scale(${scale})`}
        >
          <circle r={LARGEST} />
          <path d={SIGNS[tick]} />
        </g>
      ))}
    </>
  );
}

const SIGNS: Record<Tick, string> = {
  open: "",
  running: "M-1 0h2",
  passed: "M-2 0l1.5 1.7 2.6-3.3",
  failed: "M-1.9-1.9l3.8 3.8M1.9-1.9l-3.8 3.8",
  skipped: "M-2 0h4",
};
