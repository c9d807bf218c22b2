import { expect, it } from "vitest";
import type { Schemas } from "../api/schemas";
import { REGION } from "../states/marks";
import { byRegion, repairOf } from "./repair";

const HUB = { accountId: "111122223333", stage: "qa" };

it("has a command for what a command repairs, with the values of this installation", () => {
  expect(repairOf({ state: "NOT_INITIALIZED", region: "us-east-1" }, HUB)).toBe(
    "aws drs initialize-service --region us-east-1",
  );
  const roles = repairOf({ state: "ROLE_NOT_ASSUMABLE", region: "" }, HUB);
  expect(roles).toContain('HubAccountId=111122223333 Stage=qa ExternalId="$external_id"');
  expect(repairOf({ state: "ACCESS_DENIED", region: "us-east-1" }, HUB)).not.toContain("ExternalId");
  expect(repairOf({ state: "ACCESS_DENIED", region: "us-east-1" }, undefined)).toBe("");
});

it("offers none where all is well or where only a person can help", () => {
  const without: Schemas["RegionState"][] = [
    "ACTIVE",
    "DENIED_BY_POLICY",
    "THROTTLED",
    "UNREACHABLE",
    "FAILED",
  ];
  for (const state of Object.keys(REGION) as Schemas["RegionState"][]) {
    expect(repairOf({ state, region: "us-east-1" }, HUB) === "").toBe(without.includes(state));
  }
});

it("groups checks by Region, those of the roles first, and loses none", () => {
  const check = (region: string, what: string) => ({ region, what }) as Schemas["AccountCheck"];
  const groups = byRegion([check("us-west-2", "a"), check("", "b"), check("us-east-1", "c"), check("", "d")]);
  expect(groups.map(({ region, checks }) => [region, checks.length])).toEqual([
    ["", 2],
    ["us-east-1", 1],
    ["us-west-2", 1],
  ]);
});
