import { duration, secondsBetween } from "../../format/durations";
import { counted } from "../../format/numbers";
import { markOf } from "../../states/marks";
import { isWaveOver, launchedOf, type Wave } from "../run";
import { type Tick, ticksInWords } from "./ticks";

export function shownCounts(wave: Wave): { launched: number; failed: number } {
  return {
    launched: launchedOf(wave.counts) ?? wave.launchedCount,
    failed: wave.counts?.failed ?? wave.failedCount,
  };
}

/** A wave in a sentence: for lists, tooltips and screen readers. */
export function waveSentence(wave: Wave, ticks: readonly Tick[] = []): string {
  const { launched, failed } = shownCounts(wave);
  const parts = [
    `Wave ${wave.waveNumber} ${wave.name}: ${markOf("wave", wave.status).word}`,
    `${launched} of ${counted(wave.serverCount, "server")} launched`,
    failed > 0 ? `${failed} failed` : "",
    ticksInWords(ticks),
    wave.attempt > 1 ? `attempt ${wave.attempt}` : "",
    wave.approvalRequired ? (wave.approvedBy ? `approved by ${wave.approvedBy}` : "needs an approval") : "",
    wave.waitingFor?.text ?? "",
  ];
  return parts.filter(Boolean).join(", ");
}

/** The state of a wave in a word or two; one that has not started says for which waves it waits. */
export function stateInWords(wave: Wave, waves: readonly Wave[]): string {
  const { word } = markOf("wave", wave.status);
  if (wave.status !== "NOT_STARTED") return word;
  const open = waves.filter((other) => wave.dependsOn.includes(other.waveNumber) && !isWaveOver(other));
  const numbers = open.map(({ waveNumber }) => waveNumber);
  if (numbers.length === 0) return word;
  return numbers.length === 1 ? `Waits for wave ${numbers[0]}` : `Waits for waves ${numbers.join(", ")}`;
}

/** How long a wave took; empty where that is not known. */
export function tookOf({ startedAt, endedAt }: Pick<Wave, "startedAt" | "endedAt">): string {
  if (startedAt === null || endedAt === null) return "";
  return duration(secondsBetween(startedAt, Date.parse(endedAt)));
}

/** The share of a wave's servers whose launch has ended well, from 0 to 1. */
export function doneShare(wave: Wave): number {
  return wave.serverCount === 0 ? 0 : Math.min(1, shownCounts(wave).launched / wave.serverCount);
}
