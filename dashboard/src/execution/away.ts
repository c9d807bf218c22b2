import type { Detail } from "./run";

/** A run as it is shown without connection: nothing can be done to it, and every act says why. */
export function withoutActs(detail: Detail, reason: string): Detail {
  return { ...detail, actions: detail.actions.map((offer) => ({ ...offer, allowed: false, reason })) };
}
