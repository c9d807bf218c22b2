import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";
import { recordOf, type TagPair } from "./tag_pairs";

interface Props {
  tags: Readonly<Record<string, string>>;
  onChange: (tags: Record<string, string>) => void;
  disabled?: boolean;
}

/** Tags as pairs of a key and a value. */
export function TagsInput({ tags, onChange, disabled = false }: Props) {
  const [pairs, setPairs] = useState<TagPair[]>(() =>
    Object.keys(tags).length === 0
      ? [{ key: "", value: "" }]
      : Object.entries(tags).map(([key, value]) => ({ key, value })),
  );
  const take = (next: TagPair[]) => {
    setPairs(next);
    onChange(recordOf(next));
  };
  const change = (index: number, change: Partial<TagPair>) =>
    take(pairs.map((pair, at) => (at === index ? { ...pair, ...change } : pair)));
  return (
    <div className="tag-pairs">
      {pairs.map((pair, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a pair has nothing else that stays while it is typed
        <div key={index} className="tag-pair">
          <Input
            ariaLabel={`Key of tag ${index + 1}`}
            placeholder="Key"
            value={pair.key}
            disabled={disabled}
            onChange={({ detail }) => change(index, { key: detail.value })}
          />
          <Input
            ariaLabel={`Value of tag ${index + 1}`}
            placeholder="Value"
            value={pair.value}
            disabled={disabled}
            onChange={({ detail }) => change(index, { value: detail.value })}
          />
          <Button
            iconName="close"
            variant="icon"
            ariaLabel={`Remove tag ${index + 1}`}
            disabled={disabled}
            onClick={() => take(pairs.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <Button
        variant="inline-link"
        disabled={disabled}
        onClick={() => take([...pairs, { key: "", value: "" }])}
      >
        Add a tag
      </Button>
    </div>
  );
}
