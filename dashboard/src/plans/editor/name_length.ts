/** What is wrong with the length of a step's name; empty if nothing is. */
export function nameLength(name: string): string {
  const length = [...name.trim()].length;
  return length >= 1 && length <= 64 ? "" : "must have 1 to 64 characters";
}
