import Button from "@cloudscape-design/components/button";
import type { ReactNode } from "react";
import { FailureFacts } from "../parts/Failure";
import { GlyphIcon } from "../states/GlyphIcon";
import { type Group, optionId, SHORTEST } from "./found";
import { FoundRow, Option } from "./ResultRow";
import type { Recent } from "./recent";
import type { Searched } from "./use_search";

export interface Listed {
  /** The id of the list; rows have it and their number. */
  listId: string;
  active: number;
  open: (recent: Recent) => void;
}

interface Props extends Listed {
  again: (retry: () => void) => void;
  typed: string;
  searched: Searched;
  recent: readonly Recent[];
}

/** Under the field: what was found by type, what was opened before, or why there is nothing. */
export default function Results({ typed, searched, recent, again, ...listed }: Props) {
  if (searched.phase === "found" && searched.groups.length > 0) {
    return <FoundGroups groups={searched.groups} {...listed} />;
  }
  if (searched.phase === "short" && recent.length > 0) return <RecentRows recent={recent} {...listed} />;
  return (
    <div className="search-note">
      <Note typed={typed} searched={searched} again={again} />
    </div>
  );
}

function Note({ typed, searched, again }: Pick<Props, "typed" | "searched" | "again">): ReactNode {
  if (searched.phase === "looking") return "Looking …";
  if (searched.phase === "failed") {
    return (
      <div role="alert">
        <p className="mark mark-failed sentence">
          <GlyphIcon glyph="cross" /> The search failed. {searched.failure.message}
        </p>
        <p className="sentence">
          <Button onClick={() => again(searched.retry)}>Try again</Button>{" "}
          <FailureFacts failure={searched.failure} />
        </p>
      </div>
    );
  }
  if (searched.phase === "found") {
    return `Nothing was found for “${typed.trim()}”. Things are found by a word of their name, or the beginning of an id or an address.`;
  }
  return `Type at least ${SHORTEST} letters: a word of a name, or the beginning of an id or an address.`;
}

function FoundGroups({ groups, listId, active, open }: { groups: readonly Group[] } & Listed) {
  let next = 0;
  return (
    <div id={listId} role="listbox" aria-label="What was found" className="search-list">
      {groups.map(({ type, title, rows, more, problem }) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be in a listbox
        <div key={type} role="group" aria-label={title}>
          <div className="search-group" aria-hidden="true">
            {title}
            {more ? <span className="quiet"> and more: type more of the name</span> : null}
          </div>
          {problem === "" ? null : <p className="search-problem mark-attention">{problem}</p>}
          {rows.map((row) => {
            const index = next++;
            return (
              <Option
                key={row.id}
                id={optionId(listId, index)}
                isActive={index === active}
                onOpen={() => open(row)}
              >
                <FoundRow row={row} />
              </Option>
            );
          })}
        </div>
      ))}
    </div>
  );
}

function RecentRows({ recent, listId, active, open }: { recent: readonly Recent[] } & Listed) {
  return (
    <div id={listId} role="listbox" aria-label="Opened before" className="search-list">
      <div className="search-group" aria-hidden="true">
        Opened before
      </div>
      {recent.map((each, index) => (
        <Option
          key={each.to}
          id={optionId(listId, index)}
          isActive={index === active}
          onOpen={() => open(each)}
        >
          <span className="search-title">{each.title}</span>
          <span className="search-standing quiet">{ONE[each.type]}</span>
        </Option>
      ))}
    </div>
  );
}

const ONE: Record<Recent["type"], string> = {
  PLAN: "Plan",
  GROUP: "Protection group",
  EXECUTION: "Execution",
  SERVER: "Server",
};
