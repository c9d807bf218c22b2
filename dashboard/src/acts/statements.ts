import { Store } from "../live/store";

/** What the last act has done, in a sentence; shown on the page that follows it until it is closed or another act. */
export const statement = new Store("");
