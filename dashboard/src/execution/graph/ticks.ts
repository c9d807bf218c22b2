// What has become of the actions and checks of the waves, one sign for each, for the drawing of the waves.
import type { Schemas } from "../../api/schemas";
import { counted } from "../../format/numbers";
import type { Wave } from "../run";

type Step = Schemas["ExecutionStep"];

/** From worst to best, as a step that runs for many targets is judged; `open` was not started. */
export type Tick = "failed" | "running" | "passed" | "skipped" | "open";

const TICKS: Record<Schemas["StepStatus"], Tick> = {
  FAILED: "failed",
  TIMED_OUT: "failed",
  RUNNING: "running",
  SUCCEEDED: "passed",
  SKIPPED: "skipped",
};
const WORST: readonly Tick[] = ["failed", "running", "passed", "skipped"];
const PHASES: readonly Schemas["Phase"][] = ["PRE_ACTION", "POST_ACTION", "VALIDATION"];

/** A tick for each planned step of a wave: those that were started in their order, then the others. */
export function ticksOf({ waveNumber, stepCount }: Wave, steps: readonly Step[]): Tick[] {
  const byStep = new Map<number, Step[]>();
  for (const step of steps) {
    if (step.waveNumber !== waveNumber) continue;
    const place = 1_000 * PHASES.indexOf(step.phase) + step.order;
    byStep.set(place, [...(byStep.get(place) ?? []), step]);
  }
  const started = [...byStep].sort(([a], [b]) => a - b).map(([, runs]) => tickOf(runs));
  const open = Math.max(0, stepCount - started.length);
  return [...started, ...Array.from({ length: open }, (): Tick => "open")];
}

/** The worst of a step's targets in its last attempt. */
function tickOf(runs: readonly Step[]): Tick {
  const last = Math.max(...runs.map(({ attempt }) => attempt));
  const ticks = runs.filter(({ attempt }) => attempt === last).map(({ status }) => TICKS[status]);
  return WORST.find((tick) => ticks.includes(tick)) ?? "open";
}

/** "3 of 4 steps passed, 1 failed"; empty for a wave without steps. */
export function ticksInWords(ticks: readonly Tick[]): string {
  if (ticks.length === 0) return "";
  const count = (wanted: Tick) => ticks.filter((tick) => tick === wanted).length;
  const others = (["failed", "running", "skipped"] as const)
    .filter((tick) => count(tick) > 0)
    .map((tick) => `${count(tick)} ${tick}`);
  return [`${count("passed")} of ${counted(ticks.length, "step")} passed`, ...others].join(", ");
}
