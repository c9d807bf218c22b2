/** Whether somebody has typed what confirms an act: without regard to case and outer blanks, any blanks being one. */
export function isTyped(typed: string, wanted: string): boolean {
  return plain(wanted) !== "" && plain(typed) === plain(wanted);
}

function plain(text: string): string {
  return text.normalize("NFKC").trim().replace(/\s+/g, " ").toLocaleLowerCase("en");
}
