/** Whether what was typed is the text that confirms an act: without regard to case and outer blanks. */
export function isConfirmed(typed: string, wanted: string): boolean {
  const plain = (text: string) => text.trim().toLocaleLowerCase("en");
  return plain(wanted) !== "" && plain(typed) === plain(wanted);
}
