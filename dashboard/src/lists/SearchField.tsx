import TextFilter from "@cloudscape-design/components/text-filter";
import { useTyped } from "./use_typed";

interface Props {
  label: string;
  value: string;
  onSearch: (text: string) => void;
}

/** A text that the API searches for. It is asked when the typing rests, not for each letter. */
export function SearchField({ label, value, onSearch }: Props) {
  const [text, type] = useTyped(value, (typed) => onSearch(typed.trim()));
  return (
    <TextFilter
      filteringText={text}
      filteringPlaceholder={label}
      filteringAriaLabel={label}
      onChange={({ detail }) => type(detail.filteringText)}
    />
  );
}
