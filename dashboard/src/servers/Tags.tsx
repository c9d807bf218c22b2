/** Tags as chips, key and value. */
export function Tags({ tags }: { tags: Readonly<Record<string, string>> }) {
  const entries = Object.entries(tags).sort(([a], [b]) => a.localeCompare(b, "en"));
  if (entries.length === 0) return <>–</>;
  return (
    <span className="chips">
      {entries.map(([key, value]) => (
        <span key={key} className="chip">
          {key}: {value}
        </span>
      ))}
    </span>
  );
}
