// A document of the configuration: read from a file, and reduced to what somebody has chosen.
import type { Schemas } from "../api/schemas";

export type Document = Schemas["ConfigurationDocument"];
type Item = Schemas["ImportedItem"];

export type ReadDocument = { document: Document; problem: "" } | { document: undefined; problem: string };

/** The document of a file's text, in JSON or YAML. What it may contain is for the API to say. */
export async function documentOf(text: string): Promise<ReadDocument> {
  let read: unknown;
  try {
    read = await parsed(text);
  } catch (error) {
    return { document: undefined, problem: error instanceof Error ? error.message : String(error) };
  }
  if (typeof read !== "object" || read === null || !("schemaVersion" in read)) {
    return {
      document: undefined,
      problem: "This is not a document of the configuration: it has no schemaVersion.",
    };
  }
  return { document: read as Document, problem: "" };
}

/** Text that begins as an object of JSON is read as JSON, so that its faults are named as such. */
async function parsed(text: string): Promise<unknown> {
  if (!/^\s*[[{]/.test(text)) return (await import("./read_yaml")).readYaml(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("This begins like JSON, and is not valid JSON.");
  }
}

const LISTED = /^(?:document\.)?(\w+)\[(\d+)\]$/;

/** The document without the entries of these fields, such as "groups[3]". */
export function without(document: Document, fields: readonly string[]): Document {
  const left = new Map<string, Set<number>>();
  for (const field of fields) {
    const [, list, index] = LISTED.exec(field) ?? [];
    if (list === undefined) continue;
    left.set(list, (left.get(list) ?? new Set()).add(Number(index)));
  }
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.filter((_, index) => !left.get(name)?.has(index)) : value,
    ]),
  ) as unknown as Document;
}

/** Whether an entry can be left out: it stands in a list of the document. */
export function canBeLeftOut({ field }: Pick<Item, "field">): boolean {
  return LISTED.test(field);
}

const ACTIONS: Record<Schemas["ImportAction"], string> = {
  CREATE: "new",
  UPDATE: "changed",
  NONE: "as it is",
};

export function actionInWords({ action, outcome }: Pick<Item, "action" | "outcome">): string {
  if (outcome === "FAILED") return "not possible";
  if (outcome === "NOT_REACHED") return "not reached";
  return ACTIONS[action];
}

/** "2 new, 3 changed, 1 not possible" */
export function summaryOf(items: readonly Pick<Item, "action" | "outcome">[]): string {
  const words = items.map(actionInWords);
  return ["new", "changed", "not possible", "not reached", "as it is"]
    .map((word) => ({ word, count: words.filter((each) => each === word).length }))
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${count} ${word}`)
    .join(", ");
}

/** Whether something that exists is overwritten, so that it has to be confirmed by typing. */
export function overwrites(items: readonly Pick<Item, "action" | "outcome">[]): boolean {
  return items.some(({ action, outcome }) => action === "UPDATE" && outcome !== "FAILED");
}
