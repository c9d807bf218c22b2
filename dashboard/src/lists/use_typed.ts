import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigation } from "react-router";

const PAUSE_MS = 300;

/**
 * What is typed now, passed on when the typing pauses; follows `value` when it changes elsewhere.
 *
 * Nothing is passed on once a link was followed: it would lead back, since the page that was chosen may still be on its
 * way.
 */
export function useTyped(value: string, pass: (value: string) => void): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { pathname } = useLocation();
  const next = useNavigation().location;
  const isLeaving = next !== undefined && next.pathname !== pathname;
  useEffect(() => setTyped(value), [value]);
  useEffect(() => () => clearTimeout(waiting.current), []);
  useEffect(() => {
    if (isLeaving) clearTimeout(waiting.current);
  }, [isLeaving]);
  const type = (next: string) => {
    setTyped(next);
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => pass(next), PAUSE_MS);
  };
  return [typed, type];
}
