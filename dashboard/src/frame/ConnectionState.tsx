import { useQueryClient } from "@tanstack/react-query";
import { useState, useSyncExternalStore } from "react";
import { connection } from "../live/connection";
import { Time } from "../parts/Time";
import { GlyphIcon } from "../states/GlyphIcon";
import { LastReadDialog } from "./LastReadDialog";

/** Whether the API answers: in the header, always. A press says when each thing was last read. */
export function ConnectionState() {
  const { phase, lastAnswerAt, failingSince } = useSyncExternalStore(connection.follow, connection.get);
  const queries = useQueryClient();
  if (phase === "starting") return <span className="connection">Connecting …</span>;
  if (phase === "live") return <Live />;
  return (
    <span className="connection connection-down" role="status">
      <GlyphIcon glyph={phase === "lost" ? "ring" : "arc"} size={12} />
      {phase === "lost" ? (
        <>
          No connection
          <span className="connection-since">
            {" since "}
            <Time at={failingSince} as="clock" />
          </span>
        </>
      ) : (
        <>
          Reconnecting
          <span className="connection-since">
            , last answer <Time at={lastAnswerAt || failingSince} as="clock" />
          </span>
        </>
      )}
      <button
        type="button"
        className="header-button"
        onClick={() => void queries.refetchQueries({ type: "active" })}
      >
        Try now
      </button>
    </span>
  );
}

function Live() {
  const [isListing, setListing] = useState(false);
  return (
    <>
      <button
        type="button"
        className="header-button connection connection-live"
        title="When each thing was last read"
        onClick={() => setListing(true)}
      >
        <span aria-hidden="true" className="dot" /> Live
      </button>
      {isListing ? <LastReadDialog onClose={() => setListing(false)} /> : null}
    </>
  );
}
