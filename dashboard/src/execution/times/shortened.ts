/** A name as long as there is room for it left of the bars. */
export function shortened(text: string, room: number): string {
  const most = Math.floor((room - 30) / 7.4);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
