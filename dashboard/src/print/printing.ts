import { Store } from "../live/store";

/** Whether the page is being put on paper: tables then show all their rows, without pages to turn. */
export const printing = new Store(false);
