import { useContext, useEffect, useRef, useState } from "react";
import { UNSAFE_DataRouterContext as RouterContext, useLocation } from "react-router";

const PAUSE_MS = 300;

/**
 * What is typed now, passed on when the typing pauses; follows `value` when it changes elsewhere.
 *
 * Nothing is passed on once a link was followed: it would lead back, since the page that was chosen may still be on its
 * way. The router itself is asked, because what a component knows of it is as old as its last rendering.
 */
export function useTyped(value: string, pass: (value: string) => void): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(value);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const router = useContext(RouterContext)?.router;
  const { pathname } = useLocation();
  useEffect(() => setTyped(value), [value]);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const isLeaving = () => {
    const state = router?.state;
    return state !== undefined && (state.navigation.location ?? state.location).pathname !== pathname;
  };
  const type = (next: string) => {
    setTyped(next);
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => {
      if (!isLeaving()) pass(next);
    }, PAUSE_MS);
  };
  return [typed, type];
}
