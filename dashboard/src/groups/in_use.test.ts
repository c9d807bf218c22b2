import { expect, it } from "vitest";
import type { Schemas } from "../api/schemas";
import { inUseBy } from "./in_use";

const plan = (status: Schemas["ExecutionStatus"] | undefined) =>
  ({
    lastExecution: status === undefined ? null : { status, mode: "DRILL", planName: "storefront" },
  }) as Schemas["PlanSummary"];

it("names the run that uses a group, also a paused one, and none that is over", () => {
  expect(inUseBy([])).toBe("");
  expect(inUseBy([plan(undefined), plan("COMPLETED"), plan("CANCELLED")])).toBe("");
  expect(inUseBy([plan("FAILED"), plan("PAUSED")])).toBe(
    "The DRILL of storefront uses this group until it is over.",
  );
  expect(inUseBy([plan("CANCELLING")])).not.toBe("");
});
