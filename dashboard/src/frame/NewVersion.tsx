import Button from "@cloudscape-design/components/button";
import { useSyncExternalStore } from "react";
import { Store } from "../live/store";

const isThere = new Store(false);

/** A part of this build is gone from the server: there is a newer one. Vite says so when it cannot fetch a page. */
export function watchForNewVersion(): void {
  addEventListener("vite:preloadError", (event) => {
    event.preventDefault();
    isThere.set(true);
  });
}

/** Never loads the page by itself: somebody may have typed something. */
export function NewVersion() {
  if (!useSyncExternalStore(isThere.follow, isThere.get)) return null;
  return (
    <section className="notice" aria-label="New version">
      <span>A new version of the dashboard is here. Load the page again to go on.</span>
      <Button onClick={() => location.reload()}>Load the page again</Button>
    </section>
  );
}
