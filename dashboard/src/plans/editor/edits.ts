// Changes of a draft. Waves are numbered by their places, and dependencies keep meaning the same waves.
import type { Content, Step, Wave } from "../content";

export const MOST_WAVES = 200;

export const EMPTY: Content = {
  ...{ name: "", description: "", owner: "", rtoMinutes: null, rpoMinutes: null, timeoutMinutes: 1_440 },
  approval: { twoPerson: false, timeoutMinutes: 1_440 },
  cleanup: { onSuccessMinutes: null, onFailureMinutes: null },
  ...{ priority: 3, drillTargetDays: null, schedule: null, notificationEmails: [] },
  waves: [newWave(1, [])],
};

export function newWave(number: number, dependsOn: number[]): Wave {
  return {
    ...{ number, name: "", protectionGroupIds: [], dependsOn, delaySeconds: 0, onFailure: "STOP" },
    ...{ minSuccessPercent: null, timeoutMinutes: 120, approvalRequired: false },
    ...{ preActions: [], postActions: [], validations: [] },
  };
}

export function changeWave(content: Content, number: number, fields: Partial<Wave>): Content {
  const waves = content.waves.map((wave) => (wave.number === number ? { ...wave, ...fields } : wave));
  return { ...content, waves };
}

/** A new wave after another one, which it waits for; after 0 it is the first and waits for nothing. */
export function addWave(content: Content, after: number): Content {
  const numberOf = (number: number) => (number > after ? number + 1 : number);
  const moved = renumbered(content.waves, numberOf);
  const added = newWave(after + 1, after === 0 ? [] : [after]);
  return { ...content, waves: [...moved.slice(0, after), added, ...moved.slice(after)] };
}

/** Without a wave. What waited for it waits for what it waited for. */
export function removeWave(content: Content, number: number): Content {
  const removed = content.waves.find((wave) => wave.number === number);
  if (removed === undefined) return content;
  const kept = content.waves
    .filter((wave) => wave !== removed)
    .map((wave) => {
      if (!wave.dependsOn.includes(number)) return wave;
      const others = wave.dependsOn.filter((each) => each !== number);
      return { ...wave, dependsOn: unique([...others, ...removed.dependsOn]) };
    });
  return { ...content, waves: renumbered(kept, (each) => (each > number ? each - 1 : each)) };
}

/** A wave in the place of its neighbour before (-1) or after (+1) it. */
export function moveWave(content: Content, number: number, by: -1 | 1): Content {
  const other = number + by;
  if (other < 1 || other > content.waves.length) return content;
  const numberOf = (each: number) => (each === number ? other : each === other ? number : each);
  const waves = renumbered(content.waves, numberOf).sort((a, b) => a.number - b.number);
  return { ...content, waves };
}

export function changeStep(steps: readonly Step[], index: number, step: Step): Step[] {
  return steps.map((each, at) => (at === index ? step : each));
}

/** Steps with one of them a place up or down. */
export function moveStep(steps: readonly Step[], index: number, by: -1 | 1): Step[] {
  const moved = [...steps];
  const [step] = moved.splice(index, 1);
  if (step === undefined) return moved;
  moved.splice(Math.max(0, index + by), 0, step);
  return moved;
}

export function renumbered(waves: readonly Wave[], numberOf: (number: number) => number): Wave[] {
  return waves.map((wave) => ({
    ...wave,
    number: numberOf(wave.number),
    dependsOn: unique(wave.dependsOn.map(numberOf)),
  }));
}

const unique = (numbers: readonly number[]): number[] => [...new Set(numbers)].sort((a, b) => a - b);
