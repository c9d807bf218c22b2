/** What has changed while there was no connection, of what the page shows. */
export function backInWords(changed: number, shown: number): string {
  if (changed === 0) return "Nothing that is shown here has changed meanwhile.";
  if (shown === 1) return "What is shown here has changed meanwhile.";
  return `${changed} of the ${shown} readings that are shown here have changed meanwhile.`;
}
