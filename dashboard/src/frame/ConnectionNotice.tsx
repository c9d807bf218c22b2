import Button from "@cloudscape-design/components/button";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { roughDuration } from "../format/durations";
import { useAway } from "../live/away";
import { connection } from "../live/connection";
import { changedReadings } from "../live/difference";
import { keyOf } from "../live/use_read";
import { whileLost } from "../live/while_lost";
import { Time } from "../parts/Time";
import { backInWords } from "./back_in_words";

interface Back {
  at: number;
  awaySeconds: number;
  shown: number;
  changed: number;
}

/** While the connection is lost, what that means; after it has come back, what has changed meanwhile. */
export function ConnectionNotice() {
  const away = useAway();
  const queries = useQueryClient();
  const [back, setBack] = useBack(queries);
  useEffect(() => whileLost(() => void queries.refetchQueries({ queryKey: keyOf("/dashboard") })), [queries]);
  if (away !== "") {
    return (
      <section className="notice notice-away" aria-label="Connection">
        <span role="status">
          {away} What you see stays, and says how old it is. What you typed stays, too.
        </span>
        <Button onClick={() => void queries.refetchQueries({ type: "active" })}>Try now</Button>
      </section>
    );
  }
  if (back === undefined) return null;
  return (
    <section className="notice" aria-label="Connection">
      <span role="status">
        Back since <Time at={back.at} as="clock" withZone />, after {roughDuration(back.awaySeconds)} without
        connection. {backInWords(back.changed, back.shown)}
      </span>
      <Button onClick={() => setBack(undefined)}>Close</Button>
    </section>
  );
}

/** What is shown is kept when the connection is lost, and compared with what is read first when it is back. */
function useBack(queries: QueryClient) {
  const { phase, failingSince, lastAnswerAt } = useSyncExternalStore(connection.follow, connection.get);
  const [back, setBack] = useState<Back>();
  const lost = useRef<{ since: number; readings: Map<string, unknown> }>(undefined);
  useEffect(() => {
    if (phase === "lost" && lost.current === undefined) {
      lost.current = { since: failingSince, readings: readingsOf(queries) };
      setBack(undefined);
    }
    if (phase !== "live" || lost.current === undefined) return;
    const { since, readings } = lost.current;
    lost.current = undefined;
    const at = lastAnswerAt;
    void queries.refetchQueries({ type: "active" }).then(() => {
      const now = readingsOf(queries);
      const shown = [...readings.keys()].filter((key) => now.has(key)).length;
      const changed = changedReadings(readings, now);
      setBack({ at, awaySeconds: (at - since) / 1_000, shown, changed });
    });
  }, [phase, failingSince, lastAnswerAt, queries]);
  return [back, setBack] as const;
}

function readingsOf(queries: QueryClient): Map<string, unknown> {
  const active = queries.getQueryCache().findAll({ type: "active" });
  return new Map(
    active
      .filter(({ state }) => state.data !== undefined)
      .map(({ queryHash, state }) => [queryHash, state.data]),
  );
}
