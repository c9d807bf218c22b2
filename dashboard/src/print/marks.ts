// What stands on the edge of every printed page.

interface Facts {
  title: string;
  address: string;
  stage: string;
  person: string;
  at: string;
}

/** The texts of the edges as values of CSS: what it is, where it is from, when and by whom it was printed. */
export function edgeTexts({ title, address, stage, person, at }: Facts): Record<string, string> {
  return {
    "--printed-what": quoted(`${title.replace(/^\(\d+\) /, "")} · ${stage.toUpperCase()}`),
    "--printed-when": quoted(`Printed ${at} UTC by ${person || "an unknown caller"}`),
    "--printed-where": quoted(address),
  };
}

/** A string of CSS that can hold anything. */
export function quoted(text: string): string {
  return `"${text.replace(/[\n\r\f]+/g, " ").replace(/["\\]/g, "\\$&")}"`;
}
