import { useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { connection } from "../live/connection";
import { Time } from "../parts/Time";
import { GlyphIcon } from "../states/GlyphIcon";

/** Whether the API answers: in the header, always. */
export function ConnectionState() {
  const { phase, lastAnswerAt, failingSince } = useSyncExternalStore(connection.follow, connection.get);
  const queries = useQueryClient();
  if (phase === "starting") return <span className="connection">Connecting …</span>;
  if (phase === "live") {
    return (
      <span className="connection connection-live">
        <span aria-hidden="true" className="dot" /> Live
      </span>
    );
  }
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
