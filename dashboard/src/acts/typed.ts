/** Whether somebody has typed what confirms an act: without regard to case and outer blanks. */
export function isTyped(typed: string, wanted: string): boolean {
  const plain = (text: string) => text.trim().normalize("NFKC").toLocaleLowerCase("en");
  return plain(typed) === plain(wanted);
}
