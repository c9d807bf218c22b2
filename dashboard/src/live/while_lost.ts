// A connection that is lost is tried again, also where a read still waits for an answer that will never come.
import { connection } from "./connection";

/** So that a page is live again within seconds of the network, not after the time limit of a read. */
export const TRY_EVERY_MS = 5_000;

/** Calls `tryNow` again and again while the connection is lost. Returns what ends that. */
export function whileLost(tryNow: () => void): () => void {
  let again: ReturnType<typeof setInterval> | undefined;
  const follow = () => {
    const isLost = connection.get().phase === "lost";
    if (isLost === (again !== undefined)) return;
    clearInterval(again);
    again = isLost ? setInterval(tryNow, TRY_EVERY_MS) : undefined;
  };
  const unfollow = connection.follow(follow);
  follow();
  return () => {
    unfollow();
    clearInterval(again);
  };
}
