import Icon, { type IconProps } from "@cloudscape-design/components/icon";
import type { Selection, View } from "../selection";
import type { Select } from "../use_selection";
import "./phone.css";

const PLACES: readonly { view: View; text: string; icon: IconProps.Name }[] = [
  { view: "graph", text: "Waves", icon: "list-view" },
  { view: "servers", text: "Servers", icon: "multiscreen" },
  { view: "timeline", text: "Timeline", icon: "status-pending" },
];

interface Props {
  selection: Selection;
  select: Select;
}

/** On a phone: the three views to watch by, always under the thumb. */
export function BottomBar({ selection, select }: Props) {
  const go = (view: View) => {
    select({ view });
    document.getElementById("views")?.scrollIntoView();
  };
  return (
    <nav className="bottom-bar" aria-label="Watch">
      {PLACES.map(({ view, text, icon }) => (
        <button
          key={view}
          type="button"
          aria-current={selection.view === view ? "page" : undefined}
          onClick={() => go(view)}
        >
          <Icon name={icon} />
          {text}
        </button>
      ))}
    </nav>
  );
}
