import { expect, it } from "vitest";
import { changesOf, contentOf, NEW_ACCOUNT, problemsOf } from "./account_draft";

const DRAFT = { ...NEW_ACCOUNT, accountId: "222233334444", name: " Shop ", regions: ["us-east-1"] };

it("says what is wrong before the API is asked", () => {
  expect(Object.keys(problemsOf(NEW_ACCOUNT))).toEqual(["accountId", "name"]);
  expect(problemsOf({ ...DRAFT, accountId: "22223333444" })).toHaveProperty("accountId");
  expect(problemsOf(DRAFT)).toEqual({});
});

it("keeps the external id unless another one was typed", () => {
  expect("externalId" in contentOf(DRAFT)).toBe(false);
  expect(contentOf({ ...DRAFT, externalId: " s3cret " })).toMatchObject({
    name: "Shop",
    externalId: " s3cret ",
  });
});

it("names what changes, and never the external id", () => {
  const after = { ...DRAFT, name: "Shop East", externalId: "s3cret", regions: [] };
  expect(changesOf(DRAFT, after)).toEqual([
    "Name: Shop East (before:  Shop ).",
    "Regions: none (before: us-east-1).",
  ]);
});
