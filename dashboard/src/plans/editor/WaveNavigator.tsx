import Button from "@cloudscape-design/components/button";
import { GlyphIcon } from "../../states/GlyphIcon";
import { startOf } from "../plan/waves";
import { useEdit } from "./EditContext";
import { addWave, MOST_WAVES, moveWave, removeWave } from "./edits";
import { at } from "./rules";

interface Props {
  selected: number;
  select: (wave: number) => void;
}

/** The plan and its waves, to choose what is edited, and to add, move and remove waves. */
export function WaveNavigator({ selected, select }: Props) {
  const { edit } = useEdit();
  const { content, problems } = edit;
  const count = content.waves.length;
  const ofPlan = problems.some(({ field }) => !field.startsWith("waves["));
  const move = (by: -1 | 1) => {
    edit.change(moveWave(content, selected, by));
    select(selected + by);
  };
  const none = selected === 0 ? "Choose a wave first." : "";
  return (
    <nav className="wave-navigator" aria-label="Parts of the plan">
      <div className="wave-tools">
        <Button
          iconName="add-plus"
          disabled={count >= MOST_WAVES}
          onClick={() => {
            const after = selected === 0 ? count : selected;
            edit.change(addWave(content, after));
            select(after + 1);
          }}
        >
          Wave
        </Button>
        <Button
          iconName="angle-up"
          ariaLabel="Move the wave up"
          disabled={selected <= 1}
          {...(none === "" ? {} : { disabledReason: none })}
          onClick={() => move(-1)}
        />
        <Button
          iconName="angle-down"
          ariaLabel="Move the wave down"
          disabled={selected === 0 || selected === count}
          {...(none === "" ? {} : { disabledReason: none })}
          onClick={() => move(1)}
        />
        <Button
          iconName="remove"
          ariaLabel="Remove the wave"
          disabled={selected === 0}
          {...(none === "" ? {} : { disabledReason: none })}
          onClick={() => {
            edit.change(removeWave(content, selected));
            select(Math.min(selected, count - 1));
          }}
        />
      </div>
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
