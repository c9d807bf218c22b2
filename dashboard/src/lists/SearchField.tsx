import TextFilter from "@cloudscape-design/components/text-filter";
import { useTyped } from "./use_typed";

interface Props {
  label: string;
  /** In the empty field, where the label has no room. */
  hint?: string;
  value: string;
  onSearch: (text: string) => void;
}

/** A text that the API searches for. It is asked when the typing rests, not for each letter. */
export function SearchField({ label, hint = label, value, onSearch }: Props) {
  const [text, type] = useTyped(value, (typed) => onSearch(typed.trim()));
  return (
    <TextFilter
      filteringText={text}
      filteringPlaceholder={hint}
      filteringAriaLabel={label}
      onChange={({ detail }) => type(detail.filteringText)}
    />
  );
}
