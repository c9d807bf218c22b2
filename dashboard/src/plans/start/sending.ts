// Sends a start until its answer is known. It is always the same request with the same key, so nothing starts twice.
import { ApiFailure } from "../../api/failure";

const LONGEST_WAIT_SECONDS = 30;

export interface Sending<T> {
  send: () => Promise<T>;
  /** Resolves after so many seconds. */
  wait: (seconds: number) => Promise<void>;
  /** The answer did not arrive; it is asked again. */
  onUnknown: (failure: ApiFailure) => void;
  /** True when nobody is interested any more. */
  isOver: () => boolean;
}

/** The answer. Throws the ApiFailure of an answer that is a refusal; undefined when nobody is interested any more. */
export async function untilAnswered<T>({
  send,
  wait,
  onUnknown,
  isOver,
}: Sending<T>): Promise<T | undefined> {
  for (let attempt = 1; !isOver(); attempt++) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ApiFailure) || !error.isOutcomeUnknown) throw error;
      onUnknown(error);
      await wait(Math.min(2 ** attempt, LONGEST_WAIT_SECONDS));
    }
  }
  return undefined;
}
