import { TopDialog } from "../parts/TopDialog";
import { ENTRIES } from "./navigation";
import { PageKeys } from "./PageKeys";

/** The keys that this page knows. */
export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <TopDialog title="Keyboard shortcuts" onClose={onClose} closeText="Close">
      <dl className="keys">
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>This list</dd>
        <div className="keys-pair">
          <dt>
            <kbd>/</kbd> <kbd>Ctrl K</kbd>
          </dt>
          <dd>Find a plan, a group, an execution or a server</dd>
        </div>
        {ENTRIES.map(({ path, text, key }) => (
          <div key={path} className="keys-pair">
            <dt>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <PageKeys />
      <p className="quiet">
        No key starts, stops or approves anything. In fields, keys are text. The user menu switches them off.
      </p>
    </TopDialog>
  );
}
