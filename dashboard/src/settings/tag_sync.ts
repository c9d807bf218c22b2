/** What is wrong with the hours between two runs, by the rule of the API; empty if nothing is. */
export function hoursProblem(typed: string): string {
  const isWhole = /^[0-9]{1,2}$/.test(typed.trim());
  const hours = Number(typed);
  return isWhole && hours >= 1 && hours <= 24 ? "" : "Enter a whole number of hours from 1 to 24.";
}
