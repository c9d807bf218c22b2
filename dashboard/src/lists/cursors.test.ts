import { describe, expect, it } from "vitest";
import { oneOf, withChoices } from "./address";
import { choicesOf, FIRST_PAGE, pageAfter, pageOf, turned } from "./cursors";

describe("turning pages by cursors", () => {
  it("goes on by the next cursor, back by those that were kept, and never beyond the last page", () => {
    const second = turned(FIRST_PAGE, 1, "b");
    expect(second).toEqual({ before: ["", "b"], index: 1 });
    expect(turned(second, 0, "c")).toEqual({ before: ["", "b"], index: 0 });
    expect(turned(turned(second, 0, "c"), 1, "b").index).toBe(1);
    expect(turned(second, 2, null)).toEqual(second);
    expect(turned(FIRST_PAGE, -1, null)).toEqual(FIRST_PAGE);
  });
});

describe("a page in the address", () => {
  it("comes out of it as it went in, and is the first one where it is none", () => {
    for (const page of [
      { cursor: "", index: 0 },
      { cursor: "b", index: 1 },
      { cursor: "c/d=", index: 7 },
    ]) {
      const search = withChoices(new URLSearchParams("q=web"), choicesOf(page));
      expect(pageOf(search)).toEqual(page);
      expect(search.get("q")).toBe("web");
    }
    expect(pageOf(new URLSearchParams("page=3"))).toEqual({ cursor: "", index: 0 });
    expect(pageOf(new URLSearchParams("page=x&cursor=b"))).toEqual({ cursor: "b", index: 1 });
  });

  it("is followed by the next one, and goes back to one that is known, else to the first", () => {
    const third = { cursor: "c", index: 2 };
    expect(pageAfter(third, 3, "d", new Map())).toEqual({ cursor: "d", index: 3 });
    expect(pageAfter(third, 3, null, new Map())).toEqual({ cursor: "", index: 0 });
    expect(pageAfter(third, 1, "d", new Map([[1, "b"]]))).toEqual({ cursor: "b", index: 1 });
    expect(pageAfter(third, 1, "d", new Map())).toEqual({ cursor: "", index: 0 });
    expect(pageAfter(third, 0, "d", new Map([[1, "b"]]))).toEqual({ cursor: "", index: 0 });
  });
});

describe("choices in the address", () => {
  it("leave out what is empty and keep the rest", () => {
    const old = new URLSearchParams("q=web&region=us-east-1&tab=servers");
    expect(withChoices(old, { q: "", region: "us-west-2" }).toString()).toBe("region=us-west-2&tab=servers");
    expect(old.get("q")).toBe("web");
  });

  it("count only when they are known", () => {
    expect(oneOf("LAG", ["LAG", "HOST_NAME"])).toBe("LAG");
    expect(oneOf("'; drop", ["LAG", "HOST_NAME"])).toBeUndefined();
    expect(oneOf(null, ["LAG"])).toBeUndefined();
  });
});
