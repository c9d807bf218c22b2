// My changes put on top of what somebody else has saved meanwhile. Where both have changed the same, mine counts: the
// differences are shown before anything is saved.
import { type Content, contentOf, type Wave } from "../content";
import { isSame } from "../versions/step_differences";
import { paired } from "../versions/waves_paired";

/** A wave with an id that it has in all three versions, and dependencies by ids. */
interface Known {
  id: string;
  fields: Omit<Wave, "number" | "dependsOn">;
  needs: readonly string[];
}

export function onTop(base: Content, mine: Content, theirs: Content): Content {
  const [was, my, their] = known(base, mine, theirs);
  const merged: Content = { ...contentOf(theirs) };
  for (const field of Object.keys(merged) as (keyof Content)[]) {
    if (field !== "waves" && !isSame(base[field], mine[field]))
      Object.assign(merged, { [field]: mine[field] });
  }
  return { ...merged, waves: numbered(mergedWaves(was, my, their)) };
}

function known(base: Content, mine: Content, theirs: Content): [Known[], Known[], Known[]] {
  const of = (waves: readonly Wave[]) => withIds(waves, idsBy(base.waves, waves));
  return [of(base.waves), of(mine.waves), of(theirs.waves)];
}

function withIds(waves: readonly Wave[], ids: ReadonlyMap<number, string>): Known[] {
  const idOf = (number: number) => ids.get(number) ?? "";
  return waves.map(({ number, dependsOn, ...fields }) => {
    return { id: idOf(number), fields, needs: dependsOn.map(idOf) };
  });
}

/** The ids of waves by their numbers: those of `base` keep theirs. */
function idsBy(base: readonly Wave[], waves: readonly Wave[]): Map<number, string> {
  const ids = new Map<number, string>();
  const taken = new Set<string>();
  for (const { before, after } of paired(base, waves)) {
    if (after === undefined) continue;
    let id = before === undefined ? idOfAdded(after) : `base ${before.number}`;
    while (taken.has(id)) id += " again";
    taken.add(id);
    ids.set(after.number, id);
  }
  return ids;
}

/** The same wave, added by both, is one wave: a save whose answer was lost is not put on top of itself. */
function idOfAdded({ number: _number, dependsOn: _dependsOn, ...fields }: Wave): string {
  return `added ${JSON.stringify(fields)}`;
}

function mergedWaves(base: readonly Known[], mine: readonly Known[], theirs: readonly Known[]): Known[] {
  const isIn = (waves: readonly Known[]) => {
    const ids = new Set(waves.map(({ id }) => id));
    return (id: string) => ids.has(id);
  };
  const [inBase, inMine, inTheirs] = [isIn(base), isIn(mine), isIn(theirs)];
  const isGone = (id: string) => inBase(id) && !(inMine(id) && inTheirs(id));
  const ownOrder = orderOf(mine, inBase).join() !== orderOf(base, inMine).join();
  const [lead, other] = ownOrder ? [mine, theirs] : [theirs, mine];
  const order = inserted(idsOf(lead), idsOf(other)).filter((id) => !isGone(id));
  const [was, my, their] = [byId(base), byId(mine), byId(theirs)];
  return order.map((id) => mergedWave(was.get(id), my.get(id), their.get(id)));
}

function mergedWave(base: Known | undefined, mine: Known | undefined, theirs: Known | undefined): Known {
  if (mine === undefined || theirs === undefined || base === undefined) return (mine ?? theirs) as Known;
  const fields = { ...theirs.fields };
  for (const field of Object.keys(fields) as (keyof typeof fields)[]) {
    if (!isSame(base.fields[field], mine.fields[field]))
      Object.assign(fields, { [field]: mine.fields[field] });
  }
  const needs = isSame([...base.needs].sort(), [...mine.needs].sort()) ? theirs.needs : mine.needs;
  return { id: mine.id, fields, needs };
}

/** The ids of `lead`, and each other one after the one that it follows. */
function inserted(lead: readonly string[], other: readonly string[]): string[] {
  const order = [...lead];
  other.forEach((id, index) => {
    if (order.includes(id)) return;
    const before = other[index - 1];
    order.splice(before === undefined ? 0 : order.indexOf(before) + 1, 0, id);
  });
  return order;
}

function numbered(waves: readonly Known[]): Wave[] {
  const numbers = new Map(waves.map(({ id }, index) => [id, index + 1]));
  return waves.map(({ id, fields, needs }) => {
    const dependsOn = needs.flatMap((each) => numbers.get(each) ?? []).sort((a, b) => a - b);
    return { ...fields, number: numbers.get(id) ?? 0, dependsOn };
  });
}

const idsOf = (waves: readonly Known[]): string[] => waves.map(({ id }) => id);
const byId = (waves: readonly Known[]): Map<string, Known> => new Map(waves.map((wave) => [wave.id, wave]));
const orderOf = (waves: readonly Known[], isKept: (id: string) => boolean): string[] =>
  idsOf(waves).filter(isKept);
