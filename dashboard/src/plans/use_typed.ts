import { useEffect, useRef, useState } from "react";

const PAUSE_MS = 300;

/** What is typed now, passed on when the typing pauses; follows `value` when it changes elsewhere. */
export function useTyped(value: string, pass: (value: string) => void): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const type = (next: string) => {
    setTyped(next);
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => pass(next), PAUSE_MS);
  };
  return [typed, type];
}
