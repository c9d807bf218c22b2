import { useCallback } from "react";
import { useSearchParams } from "react-router";
import { withChoices } from "./address";

/** What is chosen on a page, which lives in its URL: a link shows the same to somebody else. */
export function useAddress(): [URLSearchParams, (choices: Record<string, string>) => void] {
  const [params, setParams] = useSearchParams();
  const choose = useCallback(
    (choices: Record<string, string>) => setParams((old) => withChoices(old, choices), { replace: true }),
    [setParams],
  );
  return [params, choose];
}
