import { type ComponentType, lazy } from "react";

/**
 * A part of a page that is fetched when it is first shown.
 *
 * When it cannot be fetched (no connection, or a newer build), Vite's import gives nothing: the part says so in its
 * place, and the rest of the page goes on.
 */
export function lazyPart<P extends object>(load: () => Promise<{ default: ComponentType<P> } | undefined>) {
  return lazy<ComponentType<P>>(async () => (await load()) ?? { default: NotLoaded });
}

function NotLoaded() {
  return (
    <p className="quiet sentence">
      This part could not be loaded. Load the page again when there is a connection.
    </p>
  );
}
