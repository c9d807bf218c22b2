import { useEffect, useRef, useState } from "react";
import { changesOf } from "./announcements";
import type { Detail } from "./run";

const QUIET_MS = 10_000;

/** For screen readers: one polite sentence in ten seconds at most, decisions at once. */
export function Announcements({ detail }: { detail: Detail }) {
  const before = useRef(detail);
  const waiting = useRef<string[]>([]);
  const [polite, setPolite] = useState("");
  const [urgent, setUrgent] = useState("");
  useEffect(() => {
    const { decisions, changes } = changesOf(before.current, detail);
    before.current = detail;
    if (decisions.length > 0) setUrgent(decisions.join(" "));
    waiting.current.push(...changes);
  }, [detail]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (waiting.current.length > 0) setPolite(waiting.current.splice(0).join(" "));
    }, QUIET_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="for-readers">
      <div aria-live="polite">{polite}</div>
      <div aria-live="assertive">{urgent}</div>
    </div>
  );
}
