export type Zone = "utc" | "local";

export type Moment = string | number | Date;

const PARTS: Intl.DateTimeFormatOptions = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
};

/** "2026-11-26 02:14:07", in UTC or in this computer's zone (or a named one). */
export function dateTime(moment: Moment, zone: Zone, timeZone?: string): string {
  const parts = partsOf(moment, zone, timeZone);
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`;
}

/** "02:14:07" */
export function timeOfDay(moment: Moment, zone: Zone, timeZone?: string): string {
  return dateTime(moment, zone, timeZone).slice(11);
}

/** "02:14" on the day of `now`, "tomorrow 02:14" or "yesterday 02:14" beside it, "2026-11-29 02:14" otherwise. */
export function timeNear(moment: Moment, now: number, zone: Zone, timeZone?: string): string {
  const text = dateTime(moment, zone, timeZone);
  const clock = text.slice(11, 16);
  const day = text.slice(0, 10);
  const dayAway = (days: number) => dateTime(now + days * 86_400_000, zone, timeZone).slice(0, 10);
  if (day === dayAway(0)) return clock;
  if (day === dayAway(1)) return `tomorrow ${clock}`;
  if (day === dayAway(-1)) return `yesterday ${clock}`;
  return `${day} ${clock}`;
}

/** "UTC", or the offset of this computer's zone at that moment: "UTC+01:00". */
export function zoneName(moment: Moment, zone: Zone): string {
  if (zone === "utc") return "UTC";
  const minutes = -new Date(moment).getTimezoneOffset();
  if (minutes === 0) return "UTC";
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? "−" : "+"}${two(size / 60)}:${two(size % 60)}`;
}

/** The same moment in UTC and here, for a tooltip. */
export function bothZones(moment: Moment): string {
  return `${dateTime(moment, "utc")} UTC · ${dateTime(moment, "local")} ${zoneName(moment, "local")} (local)`;
}

function partsOf(moment: Moment, zone: Zone, timeZone: string | undefined): Record<string, string> {
  const here = timeZone === undefined ? {} : { timeZone };
  const format = new Intl.DateTimeFormat("en-GB", {
    ...PARTS,
    ...(zone === "utc" ? { timeZone: "UTC" } : here),
  });
  return Object.fromEntries(format.formatToParts(new Date(moment)).map(({ type, value }) => [type, value]));
}
