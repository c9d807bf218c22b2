import type { Schemas } from "../../api/schemas";

type Place = Schemas["PlaceProgress"];

const STEPS: Record<Schemas["PlaceStep"], (place: Place) => string> = {
  WAITING: () => "waits",
  READING: () => "its servers are being read",
  CHECKING: ({ checks, checksDone }) =>
    checks === 0 ? "is being checked" : `${checksDone} of ${checks} checks done`,
  DONE: () => "done",
  UNREAD: ({ problem }) => `could not be read: ${problem}`,
};

/** How far a check is in one account and Region. */
export function progressOf(place: Place): string {
  return STEPS[place.step](place);
}
