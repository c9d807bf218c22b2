import { dateTime } from "../format/times";
import { Store } from "../live/store";

/** "what · where" of the page that is shown. */
export const pageTitle = new Store("");

/** "(2) Home · DR orchestration": while something waits, its number comes first. */
export function tabTitle(page: string, waiting: number): string {
  const parts = [page, "DR orchestration"].filter((part) => part !== "");
  return `${waiting > 0 ? `(${waiting}) ` : ""}${parts.join(" · ")}`;
}

/** The address with everything that is chosen on the page, and when somebody saw there what the link is sent for. */
export function linkText(address: string, now: number): string {
  return `${address} (as of ${dateTime(now, "utc")} UTC)`;
}
