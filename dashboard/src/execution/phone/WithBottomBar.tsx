import { type ReactNode, Suspense } from "react";
import { lazyPart } from "../../parts/lazy_part";
import { useNarrow } from "../../parts/use_narrow";
import { Waiting } from "../../parts/Waiting";
import type { ViewProps } from "../Views";
import { BottomBar } from "./BottomBar";

const TimelineView = lazyPart(() => import("../timeline/TimelineView"));

/** The views; on a phone with the bar to go between them, and what has happened below the waves. */
export function WithBottomBar({ children, ...props }: ViewProps & { children: ReactNode }) {
  if (!useNarrow()) return <>{children}</>;
  return (
    <>
      <div id="views">{children}</div>
      {props.selection.view === "graph" ? (
        <section className="phone-timeline" aria-label="Timeline">
          <h2>Timeline</h2>
          <Suspense fallback={<Waiting />}>
            <TimelineView {...props} />
          </Suspense>
        </section>
      ) : null}
      <BottomBar selection={props.selection} select={props.select} />
    </>
  );
}
