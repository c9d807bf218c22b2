// Tags that servers have, to choose from: those of most servers first.

interface Tagged {
  tags: Readonly<Record<string, string>>;
}

export interface Known {
  text: string;
  count: number;
}

const MOST = 200;

export function keysOf(servers: readonly Tagged[]): Known[] {
  return counted(servers.flatMap(({ tags }) => Object.keys(tags)));
}

export function valuesOf(servers: readonly Tagged[], key: string): Known[] {
  return counted(servers.flatMap(({ tags }) => (Object.hasOwn(tags, key) ? [tags[key] ?? ""] : [])));
}

function counted(texts: readonly string[]): Known[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .map(([text, count]) => ({ text, count }))
    .sort((a, b) => b.count - a.count || a.text.localeCompare(b.text, "en"))
    .slice(0, MOST);
}
