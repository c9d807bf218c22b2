import { describe, expect, it } from "vitest";
import { oneOf, withChoices } from "./address";
import { FIRST_PAGE, turned } from "./cursors";

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
