import { useEffect, useRef } from "react";
import type { Detail, Offer } from "../run";
import { useCriticalMissing } from "./use_critical_missing";
import { type Wording, wordingOf } from "./wording";

/**
 * What the dialog of an act says. Once it is no longer `asked`, because it was decided, the wave is in another state: the
 * dialog goes on to say what was asked.
 */
export function useWording(offer: Offer, detail: Detail, asked: boolean): Wording {
  const criticalMissing = useCriticalMissing(offer, detail.execution.executionId);
  const now = wordingOf(offer, detail, { criticalMissing });
  const kept = useRef(now);
  useEffect(() => {
    if (asked) kept.current = now;
  });
  return asked ? now : kept.current;
}
