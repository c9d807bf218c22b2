// How the actions and checks of a wave differ, in sentences.
import { PHASES, type Phase, STEP_TYPES, type Step, type Wave } from "../content";

const NAMES: Record<Phase, { one: string; many: string }> = {
  preActions: { one: "Action before the launch", many: "actions before the launch" },
  postActions: { one: "Action after the launch", many: "actions after the launch" },
  validations: { one: "Check", many: "checks" },
};

const LABELS: Readonly<Record<string, string>> = {
  timeoutSeconds: "time limit in seconds",
  expectedStatus: "expected status",
  serverName: "name on the certificate",
  url: "address",
};

export function stepDifferences(before: Wave, after: Wave): string[] {
  return PHASES.flatMap((phase) => ofPhase(phase, before[phase], after[phase]));
}

/** The steps of a new wave: each is named. */
export function stepsAdded(after: Wave): string[] {
  return PHASES.flatMap((phase) => ofPhase(phase, [], after[phase]));
}

function ofPhase(phase: Phase, before: readonly Step[], after: readonly Step[]): string[] {
  const { one, many } = NAMES[phase];
  const [old, now] = [byName(before), byName(after)];
  const sentences = [...now].flatMap(([key, step]) => {
    const earlier = old.get(key);
    if (earlier === undefined) return [`${one} “${step.name}” added (${STEP_TYPES[step.type]}).`];
    const changed = changes(earlier, step);
    return changed.length === 0 ? [] : [`${one} “${step.name}”: ${changed.join(", ")}.`];
  });
  const removed = [...old]
    .filter(([key]) => !now.has(key))
    .map(([, step]) => `${one} “${step.name}” removed.`);
  const kept = (names: Map<string, Step>, others: Map<string, Step>) =>
    [...names.keys()].filter((key) => others.has(key));
  const isReordered = kept(old, now).join("\n") !== kept(now, old).join("\n");
  return [...sentences, ...removed, ...(isReordered ? [`The ${many} run in another order.`] : [])];
}

/** Steps by their names; the second one of a name has a key of its own. */
function byName(steps: readonly Step[]): Map<string, Step> {
  const found = new Map<string, Step>();
  for (const step of steps) {
    let key = step.name;
    while (found.has(key)) key += "\n";
    found.set(key, step);
  }
  return found;
}

function changes(before: Step, after: Step): string[] {
  const [old, now] = [
    before as unknown as Record<string, unknown>,
    after as unknown as Record<string, unknown>,
  ];
  if (before.type !== after.type) {
    return [`is now: ${STEP_TYPES[after.type]} (before: ${STEP_TYPES[before.type]})`];
  }
  const fields = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...fields]
    .filter((field) => !isSame(old[field], now[field]))
    .map((field) => `${labelOf(field)} ${shown(now[field])} (before: ${shown(old[field])})`);
}

function labelOf(field: string): string {
  return Object.hasOwn(LABELS, field) ? (LABELS[field] ?? field) : field;
}

function shown(value: unknown): string {
  if (value === true) return "yes";
  if (value === false) return "no";
  if (value === "" || value === undefined || value === null) return "nothing";
  return typeof value === "string" ? `“${value}”` : JSON.stringify(value);
}

export function isSame(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** The same text for values that differ only in the order of their keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
