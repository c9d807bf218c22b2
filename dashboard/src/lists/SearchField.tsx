import TextFilter from "@cloudscape-design/components/text-filter";
import { useEffect, useState } from "react";

interface Props {
  label: string;
  value: string;
  onSearch: (text: string) => void;
}

/** A text that the API searches for. It is asked when the typing rests, not for each letter. */
export function SearchField({ label, value, onSearch }: Props) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <TextFilter
      filteringText={text}
      filteringPlaceholder={label}
      filteringAriaLabel={label}
      onChange={({ detail }) => setText(detail.filteringText)}
      onDelayedChange={({ detail }) => onSearch(detail.filteringText.trim())}
    />
  );
}
