import { describe, expect, it } from "vitest";
import { filterOf, nightOf } from "./audit_filter";
import { operationInWords, readable, resourceOf, resultInWords, verdictOf, whoOf } from "./entries";

describe("an entry of the audit log", () => {
  it("says who it was, and whether that is proven or only said", () => {
    expect(whoOf({ principal: { type: "USER", name: "o@example.com", verified: true } })).toEqual({
      name: "o@example.com",
      isVerified: true,
      kind: "person",
    });
    expect(whoOf({ principal: { name: "pipeline", verified: "true" } }).isVerified).toBe(false);
    expect(whoOf({ principal: {} }).name).toBe("not known");
  });

  it("counts a call as allowed only when the entry says so", () => {
    expect(verdictOf({ verdict: { allowed: true, reason: "role" } })).toEqual({
      isAllowed: true,
      reason: "role",
    });
    expect(verdictOf({ verdict: {} })).toEqual({ isAllowed: false, reason: "" });
  });

  it("names what was done, on what, and what came of it", () => {
    expect(operationInWords("start_execution")).toBe("Start execution");
    expect(operationInWords("handle_sync_tags")).toBe("Sync tags");
    expect(resultInWords({ statusCode: 0, errorCode: "" })).toBe("has not ended");
    expect(resultInWords({ statusCode: 200, errorCode: "" })).toBe("done");
    expect(resultInWords({ statusCode: 409, errorCode: "StaleVersion" })).toBe("StaleVersion (409)");
    expect(resourceOf("planId=plan-1")).toEqual({ kind: "plan", id: "plan-1", to: "/plans/plan-1" });
    expect(resourceOf("waveNumber=4").to).toBe("");
    expect(resourceOf("toString=x").to).toBe("");
    expect(resourceOf("planId=a/../b").to).toBe("/plans/a%2F..%2Fb");
  });

  it("sets parameters out for reading, whatever they are", () => {
    expect(readable('{"a":1}')).toBe('{\n  "a": 1\n}');
    expect(readable("{cut off")).toBe("{cut off");
  });
});

describe("the filter of the audit log", () => {
  it("is read from the address, without what the API would refuse", () => {
    expect(
      filterOf(new URLSearchParams("day=2026-11-26&invocationMode=DIRECT_LAMBDA&principal= o ")),
    ).toMatchObject({
      day: "2026-11-26",
      invocationMode: "DIRECT_LAMBDA",
      principal: "o",
    });
    expect(filterOf(new URLSearchParams("day=yesterday&invocationMode=X"))).toMatchObject({
      day: "",
      invocationMode: "",
    });
  });

  it("takes operation, verdict and record only as the API knows them", () => {
    expect(
      filterOf(new URLSearchParams("operation=start_execution&verdict=REFUSED&resourceId=plan-1")),
    ).toMatchObject({
      operation: "start_execution",
      verdict: "REFUSED",
      resourceId: "plan-1",
    });
    expect(filterOf(new URLSearchParams("operation=A%20B&verdict=MAYBE"))).toMatchObject({
      operation: "",
      verdict: "",
    });
  });

  it("takes a night from noon to noon, in UTC", () => {
    expect(nightOf("2026-11-26T02:14:07Z")).toEqual({
      startedAfter: "2026-11-25T12:00:00.000Z",
      startedBefore: "2026-11-26T12:00:00.000Z",
    });
    expect(nightOf("2026-11-26T22:00:00Z").startedAfter).toBe("2026-11-26T12:00:00.000Z");
  });
});
