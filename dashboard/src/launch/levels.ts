// What the three levels come to for one field, and which of them has the last word.
import { CHOICE_WORDS, type Field, type FieldName, type LaunchSettings, type Level } from "./fields";

export interface Layer {
  level: Level;
  settings: LaunchSettings;
}

export type Value = NonNullable<LaunchSettings[FieldName]>;

export interface Effective {
  value: Value | undefined;
  /** The level that sets or removes it; undefined where none says anything. */
  origin: Level | undefined;
  isRemoved: boolean;
}

/** The value of a field: the last level that gives it wins; null removes what would be inherited. */
export function effectiveOf(name: FieldName, layers: readonly Layer[]): Effective {
  const giving = layers.findLast(({ settings }) => settings[name] !== undefined);
  const value = giving?.settings[name];
  return {
    value: value ?? undefined,
    origin: giving?.level,
    isRemoved: giving !== undefined && value === null,
  };
}

/** A value in words. */
export function inWords(value: Value | null | undefined): string {
  if (value === undefined) return "not set";
  if (value === null) return "inherited value removed";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? (CHOICE_WORDS[value] ?? value) : structureInWords(value);
}

function structureInWords(value: Exclude<Value, string | boolean>): string {
  if (Array.isArray(value)) return value.join(", ");
  if ("osByol" in value) return value.osByol ? "bring your own" : "from AWS";
  if ("launchIntoEC2InstanceID" in value) return String(value.launchIntoEC2InstanceID);
  const pairs = Object.entries(value as Record<string, string>).map(([key, text]) => `${key}: ${text}`);
  return pairs.join(", ") || "none";
}

const ORIGINS: Record<Level, string> = { default: "default", group: "group", server: "server" };

/** Where the effective value comes from. */
export function originInWords({ origin, isRemoved }: Effective): string {
  if (origin === undefined) return "as it is in AWS";
  return isRemoved ? `removed by the ${ORIGINS[origin]}; as it is in AWS` : `from the ${ORIGINS[origin]}`;
}

/** The settings with another value of one field; undefined: inherited. */
export function withValue(
  settings: LaunchSettings,
  name: FieldName,
  value: Value | null | undefined,
): LaunchSettings {
  const { [name]: _, ...rest } = settings;
  return value === undefined ? rest : { ...rest, [name]: value };
}

/** What differs between two states of one level, in sentences. */
export function differences(
  fields: readonly Field[],
  before: LaunchSettings,
  after: LaunchSettings,
): string[] {
  return fields
    .filter(({ name }) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map(({ name, label }) => `${label}: ${said(after[name])} (before: ${said(before[name])})`);
}

function said(value: Value | null | undefined): string {
  return value === undefined ? "inherited" : inWords(value);
}

/** What would be sent of a text; a text of nothing means that the field is inherited. */
export function valueOfText(kind: Field["kind"], text: string): Value | undefined {
  const parts = text
    .split(/[\s,]+/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  if (kind === "list") return parts.length === 0 ? undefined : parts;
  if (kind === "instance") return text.trim() === "" ? undefined : { launchIntoEC2InstanceID: text.trim() };
  return text.trim() === "" ? undefined : text.trim();
}
