import { expect, it } from "vitest";
import { type Forecast, forecastSentences } from "./forecast_sentences";

const wave = (waveNumber: number, name: string, hostname: string): Forecast["waves"][number] => ({
  ...{ waveNumber, name, serverCount: 4, startsP50Seconds: 0, endsP50Seconds: 600, endsP90Seconds: 700 },
  ...{ p50Seconds: 600, p90Seconds: 700, queuedSeconds: 0, criticalPercent: 100 },
  setBy: [{ sourceServerId: "s-1", hostname, percent: 90, p50Seconds: 540, p90Seconds: 700 }],
});

const FORECAST: Forecast = {
  ...{ planId: "plan-1", planVersion: 3, runs: 101, serverCount: 28, leftOutCount: 0, inventorySeenAt: null },
  ...{ p50Seconds: 2_280, p90Seconds: 2_820, criticalPath: [1, 3], criticalPathSeconds: 2_100 },
  ...{ rtoMinutes: 60, rtoMetPercent: 98, sources: { OWN: 20, DEFAULT: 8 }, statement: "" },
  waves: [wave(1, "Data", "shop-db-1"), wave(3, "Web", "shop-web-2")],
  places: [
    {
      ...{ accountId: "222233334444", region: "us-east-1", serverCount: 28 },
      ...{ boundByServersSeconds: 0, boundByJobsSeconds: 0 },
    },
  ],
  changes: [],
  beside: [],
};

const said = (fields: Partial<Forecast> = {}) =>
  forecastSentences({ ...FORECAST, ...fields }).map(({ text, tone }) =>
    tone === "plain" ? text : `! ${text}`,
  );

it("says how long it takes, against the RTO, what sets the time, and from what that is known", () => {
  expect(said()).toEqual([
    "About 38 min, in 9 of 10 cases at most 47 min, without waiting for people and steps.",
    "Within the RTO of 1 h. It is met in 98 % of the simulated recoveries.",
    "The time is set by waves 1 Data → 3 Web, most often by shop-db-1 and shop-web-2.",
    "101 recoveries were simulated. Expected times: 20 servers from their own launches and 8 servers by default.",
  ]);
});

it("warns where the RTO may be missed, and says nothing of one that is not agreed", () => {
  expect(said({ rtoMinutes: 40, rtoMetPercent: 70 })[1]).toBe(
    "! In 1 of 10 cases 7 min or more over the RTO of 40 min. It is met in 70 % of the simulated recoveries.",
  );
  expect(said({ rtoMinutes: null, rtoMetPercent: null })[1]).toBe("No RTO is agreed.");
});

it("names the quota that servers wait for, and what would save time", () => {
  const place = { ...FORECAST.places[0], boundByServersSeconds: 720 } as Forecast["places"][number];
  const text = "Let wave 3 start without waiting for wave 1.";
  const changes: Forecast["changes"] = [
    { kind: "DROP_DEPENDENCY", waveNumber: 3, dependsOn: 1, savesSeconds: 540, text },
  ];
  expect(said({ places: [place], changes })).toEqual(
    expect.arrayContaining([
      "! Servers in 222233334444 us-east-1 wait 12 min for the quota of servers.",
      "Would save 9 min: Let wave 3 start without waiting for wave 1.",
    ]),
  );
});

it("counts what other executions launch at the same places", () => {
  const other: Forecast["beside"][number] = {
    ...{ executionId: "exec-2", planName: "Stock", mode: "DRILL", launchingCount: 3, waitingCount: 40 },
  };
  expect(said({ beside: [other] })).toContain(
    "! The DRILL of Stock launches there too: 3 now and 40 that wait.",
  );
});

it("says that there is nothing to forecast", () => {
  expect(said({ serverCount: 0, statement: "No server can launch." })).toEqual(["! No server can launch."]);
});
