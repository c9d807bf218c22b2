/** The types of the API. `npm run generate` writes them from the API document. */
import type { components, paths } from "./generated/schema";

export type Schemas = components["schemas"];
export type Paths = paths;
