import { lazyPart } from "../parts/lazy_part";
import "./search.css";
import Icon from "@cloudscape-design/components/icon";
import {
  type KeyboardEvent,
  Suspense,
  useEffect,
  useId,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useLocation, useNavigate } from "react-router";
import { isTyping } from "../frame/shortcuts";
import { useSessionState } from "../session/SessionContext";
import { shortcuts } from "../settings/preferences";
import { foundInWords, moved, optionId } from "./found";
import { findsAnything } from "./keys";
import { opened, type Recent, recents, recentsOf } from "./recent";
import { type Searched, useSearch } from "./use_search";

/** Fetched when somebody searches: most people look first. */
const Results = lazyPart(() => import("./Results"));

/** Finds plans, groups, executions and servers from every page: `/` or Ctrl-K, arrows, Enter. */
export function HeaderSearch() {
  const field = useRef<HTMLInputElement>(null);
  const listId = useId();
  const navigate = useNavigate();
  const { email } = useSessionState();
  useSyncExternalStore(recents.follow, recents.get);
  const [typed, setTyped] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const searched = useSearch(isOpen ? typed : "");
  const recent = recentsOf(email);
  const rows = rowsOf(searched, recent);
  useFindKeys(field);
  useClosedByLeaving(() => setOpen(false));

  const open = (row: Recent) => {
    opened(email, row);
    setOpen(false);
    setTyped("");
    setActive(-1);
    // The page that is opened takes the focus.
    field.current?.blur();
    navigate(row.to);
  };
  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const acts: Record<Act, () => void> = {
    down: () => move(1),
    up: () => move(-1),
    open: () => {
      const row = rows[Math.max(0, active)];
      if (row !== undefined) open(row);
    },
    close,
    clear: () => setTyped(""),
  };
  const move = (by: 1 | -1) => {
    setOpen(true);
    setActive(moved(active, rows.length, by));
  };
  const press = (event: KeyboardEvent) => {
    const act = keyOf(event, { isOpen, hasText: typed !== "" });
    if (act === undefined) return;
    event.preventDefault();
    acts[act]();
  };
  const again = (retry: () => void) => {
    // The button goes away with the failure; the field takes the focus, not the page.
    field.current?.focus();
    retry();
  };
  const isListed = isOpen && rows.length > 0;
  return (
    <search
      className="search"
      onBlur={(event) => (event.currentTarget.contains(event.relatedTarget) ? undefined : close())}
    >
      <span className="search-field">
        <Icon name="search" />
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-label="Find a plan, a group, an execution or a server"
          aria-autocomplete="list"
          aria-expanded={isListed}
          aria-controls={isListed ? listId : undefined}
          aria-activedescendant={isListed && active >= 0 ? optionId(listId, active) : undefined}
          aria-keyshortcuts="/ Control+K"
          placeholder="Find plan, execution, server …"
          autoComplete="off"
          spellCheck={false}
          maxLength={256}
          value={typed}
          onFocus={() => setOpen(true)}
          onClick={() => setOpen(true)}
          onChange={(event) => {
            setTyped(event.target.value);
            setActive(-1);
            setOpen(true);
          }}
          onKeyDown={press}
        />
        <span className="search-key">/</span>
      </span>
      <span className="only-read" role="status">
        {isOpen && searched.phase === "found" ? foundInWords(searched.groups) : ""}
      </span>
      {isOpen ? (
        <div className="search-results">
          <Suspense>
            <Results {...{ typed, searched, recent, listId, active, open, again }} />
          </Suspense>
        </div>
      ) : null}
    </search>
  );
}

function rowsOf(searched: Searched, recent: readonly Recent[]): readonly Recent[] {
  if (searched.phase === "found") return searched.groups.flatMap(({ rows }) => rows);
  return searched.phase === "short" ? recent : [];
}

type Act = "down" | "up" | "open" | "close" | "clear";

function keyOf(
  { key, nativeEvent }: KeyboardEvent,
  { isOpen, hasText }: { isOpen: boolean; hasText: boolean },
): Act | undefined {
  if (nativeEvent.isComposing) return undefined;
  if (key === "ArrowDown") return "down";
  if (key === "ArrowUp") return "up";
  if (key === "Enter" && isOpen) return "open";
  if (key !== "Escape") return undefined;
  if (isOpen) return "close";
  return hasText ? "clear" : undefined;
}

function useFindKeys(field: React.RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey } = event;
      const pressed = { key, ctrlKey, metaKey, altKey, isTyping: isTyping(event.target) };
      const isDialog = document.querySelector("dialog[open]") !== null;
      if (event.defaultPrevented || isDialog || !findsAnything(pressed, shortcuts.get() === "on")) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [field]);
}

/** Another page was opened by other means. */
function useClosedByLeaving(close: () => void): void {
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another page closes it
  useEffect(close, [pathname]);
}
