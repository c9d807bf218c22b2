import { markOf } from "../states/marks";
import { shownCounts } from "./graph/words";
import { type Detail, needsPerson } from "./run";

/** What a screen reader is told about the difference between two looks at a run. */
export function changesOf(before: Detail, after: Detail): { decisions: string[]; changes: string[] } {
  const known = new Map(before.waves.map((wave) => [wave.waveNumber, wave]));
  const decisions: string[] = [];
  const changes: string[] = [];
  if (before.execution.status !== after.execution.status) {
    changes.push(`The execution is now ${markOf("execution", after.execution.status).word}.`);
  }
  for (const wave of after.waves) {
    if (known.get(wave.waveNumber)?.status === wave.status) continue;
    const { launched } = shownCounts(wave);
    const sentence = `Wave ${wave.waveNumber} ${wave.name}: ${markOf("wave", wave.status).word}, ${launched} of ${wave.serverCount} servers launched.`;
    (needsPerson(wave) ? decisions : changes).push(sentence);
  }
  return { decisions, changes };
}
