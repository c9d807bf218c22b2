// What a forecast says, in sentences: how long, against the RTO, what sets the time, and what would save some.
import type { Schemas } from "../../api/schemas";
import { duration, roughDuration } from "../../format/durations";
import { counted, number } from "../../format/numbers";
import { listed } from "../plan/waves";
import { attention, plain, type Sentence } from "./sentences";

export type Forecast = Schemas["PlanForecast"];

const NAMED_CHANGES = 2;

export function forecastSentences(forecast: Forecast): Sentence[] {
  if (forecast.serverCount === 0) return [attention(forecast.statement)];
  return [
    plain(time(forecast)),
    target(forecast),
    plain(path(forecast)),
    ...forecast.places.filter(isBound).map(queueing),
    ...forecast.beside.map(beside),
    ...forecast.changes.slice(0, NAMED_CHANGES).map(change),
    plain(basis(forecast)),
  ].filter(({ text }) => text !== "");
}

function time({ p50Seconds, p90Seconds }: Forecast): string {
  const longer = roughDuration(p90Seconds);
  return `About ${roughDuration(p50Seconds)}, in 9 of 10 cases at most ${longer}, without waiting for people and steps.`;
}

function target({ rtoMinutes, rtoMetPercent, p90Seconds }: Forecast): Sentence {
  if (rtoMinutes === null) return plain("No RTO is agreed.");
  const rto = `the RTO of ${duration(60 * rtoMinutes)}`;
  const share = `It is met in ${rtoMetPercent ?? 0} % of the simulated recoveries.`;
  const over = p90Seconds - 60 * rtoMinutes;
  if (over <= 0) return plain(`Within ${rto}. ${share}`);
  return attention(`In 1 of 10 cases ${roughDuration(over)} or more over ${rto}. ${share}`);
}

function path({ criticalPath, waves }: Forecast): string {
  const byNumber = new Map(waves.map((wave) => [wave.waveNumber, wave]));
  const named = criticalPath.map((wave) => `${wave} ${byNumber.get(wave)?.name ?? ""}`.trim());
  const last = criticalPath.flatMap((wave) => byNumber.get(wave)?.setBy.slice(0, 1) ?? []);
  const hosts = [...new Set(last.map(({ hostname, sourceServerId }) => hostname || sourceServerId))].slice(
    0,
    3,
  );
  const slowest = hosts.length === 0 ? "" : `, most often by ${listed(hosts)}`;
  return `The time is set by ${named.length === 1 ? "wave" : "waves"} ${named.join(" → ")}${slowest}.`;
}

function isBound(place: Schemas["PlaceForecast"]): boolean {
  return place.boundByServersSeconds + place.boundByJobsSeconds >= 60;
}

function queueing(place: Schemas["PlaceForecast"]): Sentence {
  const { accountId, region, boundByServersSeconds, boundByJobsSeconds } = place;
  const quotas = [
    boundByServersSeconds >= 60 ? `${roughDuration(boundByServersSeconds)} for the quota of servers` : "",
    boundByJobsSeconds >= 60 ? `${roughDuration(boundByJobsSeconds)} for the quota of jobs` : "",
  ].filter(Boolean);
  return attention(`Servers in ${accountId} ${region} wait ${listed(quotas)}.`);
}

function beside({ mode, planName, launchingCount, waitingCount }: Schemas["ExecutionBeside"]): Sentence {
  return attention(
    `The ${mode} of ${planName} launches there too: ${launchingCount} now and ${waitingCount} that wait.`,
  );
}

function change({ text, savesSeconds }: Schemas["PlanChange"]): Sentence {
  return plain(`Would save ${roughDuration(savesSeconds)}: ${text}`);
}

const SOURCES = {
  OWN: "from their own launches",
  KIND: "from launches of their kind",
  DEFAULT: "by default",
};

function basis({ sources, runs }: Forecast): string {
  const parts = Object.entries(SOURCES).flatMap(([source, words]) => {
    const count = sources[source] ?? 0;
    return count === 0 ? [] : [`${counted(count, "server")} ${words}`];
  });
  return `${number(runs)} recoveries were simulated. Expected times: ${listed(parts)}.`;
}
