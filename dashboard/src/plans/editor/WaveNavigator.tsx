import { GlyphIcon } from "../../states/GlyphIcon";
import { startOf } from "../plan/waves";
import { useEdit } from "./EditContext";
import { at } from "./rules";

interface Props {
  selected: number;
  select: (wave: number) => void;
}

/** The plan and its waves, to choose what is edited. */
export function WaveNavigator({ selected, select }: Props) {
  const { edit } = useEdit();
  const { content, problems } = edit;
  const ofPlan = problems.some(({ field }) => !field.startsWith("waves["));
  return (
    <nav className="wave-navigator" aria-label="Parts of the plan">
      <ol>
        <li>
          <Entry isSelected={selected === 0} hasProblem={ofPlan} choose={() => select(0)}>
            <strong>The plan</strong>
            <span className="quiet">{content.name || "without a name"}</span>
          </Entry>
        </li>
        {content.waves.map((wave) => (
          <li key={wave.number}>
            <Entry
              isSelected={selected === wave.number}
              hasProblem={at(problems, `waves[${wave.number - 1}]`) !== ""}
              choose={() => select(wave.number)}
            >
              <strong>
                {wave.number} {wave.name || "without a name"}
              </strong>
              <span className="quiet">
                {startOf(wave)}
                {wave.approvalRequired ? " · needs an approval" : ""}
              </span>
            </Entry>
          </li>
        ))}
      </ol>
    </nav>
  );
}

interface EntryProps {
  isSelected: boolean;
  hasProblem: boolean;
  choose: () => void;
  children: React.ReactNode;
}

function Entry({ isSelected, hasProblem, choose, children }: EntryProps) {
  return (
    <button
      type="button"
      className="wave-entry"
      aria-current={isSelected ? "true" : undefined}
      onClick={choose}
    >
      <span className="wave-entry-text">{children}</span>
      {hasProblem ? (
        <span className="mark mark-failed">
          <GlyphIcon glyph="cross" />
          <span className="only-read">has problems</span>
        </span>
      ) : null}
    </button>
  );
}
