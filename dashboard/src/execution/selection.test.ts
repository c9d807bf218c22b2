import { expect, it } from "vitest";
import { changed, NO_FILTER, type Selection, STATES, selectionOf, VIEWS } from "./selection";

const ofState = (state: string): Pick<Selection, "kind" | "people" | "list"> => ({
  kind: state,
  people: state === "FAILED",
  list: state === "" ? null : state === "FAILED",
});

it("comes out of the URL as it went in, whatever is selected", () => {
  for (const view of VIEWS) {
    for (const state of ["", ...STATES] as const) {
      const selection: Selection = {
        view,
        state,
        wave: state === "" ? null : 12,
        server: "s-1",
        account: "222233334444",
        region: "us-east-1",
        text: "web & db=1",
        ...ofState(state),
        job: "drsjob-1",
        act: "approve",
      };
      const search = changed(new URLSearchParams("theirs=1"), selection);
      expect(selectionOf(new URLSearchParams(search.toString()))).toEqual(selection);
      expect(search.get("theirs")).toBe("1");
    }
  }
});

it("shows the graph, unfiltered, for a URL that says nothing or nonsense", () => {
  const plain = selectionOf(new URLSearchParams("view=moon&wave=-3&state=GONE"));
  expect(plain).toEqual(selectionOf(new URLSearchParams()));
  expect(plain.view).toBe("graph");
});

it("leaves nothing of a filter in the URL when it is cleared", () => {
  const search = new URLSearchParams("view=servers&wave=4&state=FAILED&q=web&server=s-1");
  expect(changed(search, NO_FILTER).toString()).toBe("view=servers&server=s-1");
});
