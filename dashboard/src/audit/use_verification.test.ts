import { expect, it } from "vitest";
import { afterPart } from "./use_verification";

const PART = {
  chain: "audit",
  links: 10,
  changes: 25,
  firstBreak: null,
  lastHash: "a",
  lastLink: 10,
  nextAfterLink: 10,
};

it("calls a chain whole only at its end, and never after a break", () => {
  const first = afterPart(undefined, PART);
  expect(first).toMatchObject({ links: 10, isWhole: false });
  const last = afterPart(first, {
    ...PART,
    links: 3,
    changes: 4,
    lastHash: "b",
    lastLink: 13,
    nextAfterLink: null,
  });
  expect(last).toMatchObject({ links: 13, changes: 29, lastHash: "b", isWhole: true });
  const broken = afterPart(first, {
    ...PART,
    firstBreak: { link: 11, item: "x", problem: "differs" },
    nextAfterLink: null,
  });
  expect(broken.isWhole).toBe(false);
  expect(afterPart(broken, { ...PART, nextAfterLink: null })).toMatchObject({
    isWhole: false,
    firstBreak: { link: 11 },
  });
});
