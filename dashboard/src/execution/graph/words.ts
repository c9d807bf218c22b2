import { counted } from "../../format/numbers";
import { markOf } from "../../states/marks";
import { launchedOf, type Wave } from "../run";

export function shownCounts(wave: Wave): { launched: number; failed: number } {
  return {
    launched: launchedOf(wave.counts) ?? wave.launchedCount,
    failed: wave.counts?.failed ?? wave.failedCount,
  };
}

/** A wave in a sentence: for lists, tooltips and screen readers. */
export function waveSentence(wave: Wave): string {
  const { launched, failed } = shownCounts(wave);
  const parts = [
    `Wave ${wave.waveNumber} ${wave.name}: ${markOf("wave", wave.status).word}`,
    `${launched} of ${counted(wave.serverCount, "server")} launched`,
    failed > 0 ? `${failed} failed` : "",
    wave.attempt > 1 ? `attempt ${wave.attempt}` : "",
    wave.approvalRequired ? (wave.approvedBy ? `approved by ${wave.approvedBy}` : "needs an approval") : "",
    wave.waitingFor?.text ?? "",
  ];
  return parts.filter(Boolean).join(", ");
}
