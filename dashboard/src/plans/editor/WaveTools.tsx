import Button from "@cloudscape-design/components/button";
import { useEdit } from "./EditContext";
import { addWave, MOST_WAVES, moveWave } from "./edits";

interface Props {
  selected: number;
  select: (wave: number) => void;
  removeSelected: () => void;
}

/** Adds, moves and removes waves. */
export function WaveTools({ selected, select, removeSelected }: Props) {
  const { edit } = useEdit();
  const { content } = edit;
  const count = content.waves.length;
  const none = selected === 0 ? { disabledReason: "Choose a wave first." } : {};
  const move = (by: -1 | 1) => {
    edit.change(moveWave(content, selected, by));
    select(selected + by);
  };
  return (
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
        {...none}
        onClick={() => move(-1)}
      />
      <Button
        iconName="angle-down"
        ariaLabel="Move the wave down"
        disabled={selected === 0 || selected === count}
        {...none}
        onClick={() => move(1)}
      />
      <Button
        iconName="remove"
        ariaLabel="Remove the wave"
        disabled={selected === 0}
        {...none}
        onClick={removeSelected}
      />
    </div>
  );
}
