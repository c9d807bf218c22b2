import { describe, expect, it } from "vitest";
import { filterOf, isFiltered, matchingCount, queryOf } from "./fleet_filter";

const filter = (search: string) => filterOf(new URLSearchParams(search));
const COUNTS = {
  serverCount: 328,
  replication: { CONTINUOUS: 300, STALLED: 28 },
  readiness: { READY: 300, BLOCKED: 28 },
  asOf: null,
  places: [],
};

describe("the filter of the fleet", () => {
  it("is read from the address, without what the API would refuse", () => {
    expect(filter("accountId=222233334444&readiness=BLOCKED&q=%20web%20&sort=LAG")).toMatchObject({
      accountId: "222233334444",
      readiness: "BLOCKED",
      q: "web",
      sort: "LAG",
    });
    const bad = filter("accountId=22&groupId=x&readiness=GOOD&replicationState=toString&sort=AGE&region=%00");
    expect(isFiltered(bad)).toBe(false);
    expect(bad.sort).toBe("HOST_NAME");
    expect("readiness" in queryOf(bad)).toBe(false);
  });

  it("knows how many servers match where one stored count says it", () => {
    expect(matchingCount(COUNTS, filter(""))).toBe(328);
    expect(matchingCount(COUNTS, filter("replicationState=STALLED"))).toBe(28);
    expect(matchingCount(COUNTS, filter("replicationState=PAUSED"))).toBe(0);
    expect(matchingCount(COUNTS, filter("readiness=READY"))).toBe(300);
    expect(matchingCount(COUNTS, filter("readiness=READY&replicationState=STALLED"))).toBeUndefined();
    expect(matchingCount(COUNTS, filter("q=web"))).toBeUndefined();
    expect(matchingCount(undefined, filter(""))).toBeUndefined();
  });
});
