import type { Entry } from "../audit/entries";

const READING = /^(get|list|search|resolve|preview|check|export)_/;

/** Whether an entry of the audit log is more than a look. */
export function isChange({ operation }: Pick<Entry, "operation">): boolean {
  return !READING.test(operation);
}
