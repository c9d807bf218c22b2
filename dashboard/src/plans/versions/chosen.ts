/** The two versions that are compared: the URL's, or else the newest and the one before; the earlier one first. */
export function chosenVersions(search: URLSearchParams, newest: number): [number, number] {
  const to = versionOf(search.get("to"), newest) ?? newest;
  const from = versionOf(search.get("from"), newest) ?? Math.max(1, to - 1);
  return from <= to ? [from, to] : [to, from];
}

function versionOf(text: string | null, newest: number): number | undefined {
  const number = text !== null && /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  return number >= 1 && number <= newest ? number : undefined;
}
