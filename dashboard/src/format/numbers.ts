const GROUPED = new Intl.NumberFormat("en-US");

/** "1,012" */
export function number(value: number): string {
  return GROUPED.format(value);
}

/** "1 server", "2 servers", "1,012 servers" */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
