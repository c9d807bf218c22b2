// What waits for what, as it is changed in the graph and in the form: never so that a wave comes before itself.
import type { Content, Wave } from "../content";
import { changeWave } from "./edits";

/** The waves on the shortest way from one to another that comes after it, both included; empty if there is none. */
export function wayBetween(waves: readonly Wave[], from: number, to: number): number[] {
  const before = new Map<number, number>();
  let edge = [from];
  const seen = new Set(edge);
  while (edge.length > 0 && !seen.has(to)) {
    const next: number[] = [];
    for (const { number, dependsOn } of waves) {
      const needed = edge.find((each) => dependsOn.includes(each));
      if (needed === undefined || seen.has(number)) continue;
      seen.add(number);
      before.set(number, needed);
      next.push(number);
    }
    edge = next;
  }
  if (!seen.has(to)) return [];
  const way = [to];
  for (let at = before.get(to); at !== undefined; at = before.get(at)) way.unshift(at);
  return way;
}

/** Why a wave cannot wait for another one: it comes before it already; empty if it can. */
export function whyNotAfter({ waves }: Pick<Content, "waves">, number: number, needed: number): string {
  if (number === needed) return "A wave cannot wait for itself.";
  const way = wayBetween(waves, number, needed);
  if (way.length === 0) return "";
  return `${named(waves, number)} already comes before ${named(waves, needed)}: ${way.join(" → ")}`;
}

export function startsAfter({ waves }: Pick<Content, "waves">, number: number, needed: number): boolean {
  return waves.find((wave) => wave.number === number)?.dependsOn.includes(needed) === true;
}

/** With the dependency if there was none, without it if there was one; the same content where it is not possible. */
export function toggled(content: Content, number: number, needed: number): Content {
  const wave = content.waves.find((each) => each.number === number);
  if (wave === undefined) return content;
  if (wave.dependsOn.includes(needed)) return without(content, number, needed);
  if (whyNotAfter(content, number, needed) !== "") return content;
  return changeWave(content, number, { dependsOn: [...wave.dependsOn, needed].sort((a, b) => a - b) });
}

export function without(content: Content, number: number, needed: number): Content {
  const wave = content.waves.find((each) => each.number === number);
  if (wave === undefined || !wave.dependsOn.includes(needed)) return content;
  return changeWave(content, number, { dependsOn: wave.dependsOn.filter((each) => each !== needed) });
}

/** "Wave 3 Web starts after wave 2 App." */
export function dependencyInWords(waves: readonly Wave[], number: number, needed: number): string {
  return `${named(waves, number)} starts after ${named(waves, needed)}`;
}

function named(waves: readonly Wave[], number: number): string {
  return waves.find((wave) => wave.number === number)?.name || `wave ${number}`;
}
