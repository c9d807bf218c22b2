import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import { useState } from "react";
import { recordOf, type TagPair } from "../launch/tag_pairs";
import type { FleetServer } from "../servers/fleet_filter";
import { keysOf, valuesOf } from "./known_tags";

interface Props {
  tags: Readonly<Record<string, string>>;
  servers: readonly FleetServer[];
  onChange: (tags: Record<string, string>) => void;
}

/** Tags that a server must all have, with those that servers of the place have to choose from. */
export function PickTags({ tags, servers, onChange }: Props) {
  const [pairs, setPairs] = useState<TagPair[]>(() => {
    const given = Object.entries(tags).map(([key, value]) => ({ key, value }));
    return given.length === 0 ? [{ key: "", value: "" }] : given;
  });
  const take = (next: TagPair[]) => {
    setPairs(next);
    onChange(recordOf(next));
  };
  const change = (index: number, part: Partial<TagPair>) =>
    take(pairs.map((pair, at) => (at === index ? { ...pair, ...part } : pair)));
  return (
    <div className="tag-pairs">
      <p className="quiet sentence">A server belongs to the group when it has all of these tags, exactly.</p>
      {pairs.map(({ key, value }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a pair has nothing else that stays while it is typed
        <div key={index} className="tag-pair">
          <Autosuggest
            ariaLabel={`Key of tag ${index + 1}`}
            placeholder="Key"
            value={key}
            expandToViewport
            enteredTextLabel={(text) => `Use ${text}`}
            options={keysOf(servers).map(({ text, count }) => ({
              value: text,
              description: `${count} servers`,
            }))}
            onChange={({ detail }) => change(index, { key: detail.value })}
          />
          <Autosuggest
            ariaLabel={`Value of tag ${index + 1}`}
            placeholder="Value"
            value={value}
            expandToViewport
            enteredTextLabel={(text) => `Use ${text}`}
            options={valuesOf(servers, key).map(({ text, count }) => ({
              value: text,
              description: `${count} servers`,
            }))}
            onChange={({ detail }) => change(index, { value: detail.value })}
          />
          <Button
            iconName="close"
            variant="icon"
            ariaLabel={`Remove tag ${index + 1}`}
            onClick={() => take(pairs.filter((_, at) => at !== index))}
          />
        </div>
      ))}
      <span>
        <Button iconName="add-plus" onClick={() => take([...pairs, { key: "", value: "" }])}>
          Another tag
        </Button>
      </span>
    </div>
  );
}
