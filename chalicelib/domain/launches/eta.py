"""When a run will end: what is left of it is simulated from what has happened, with the decisions of real launches."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ..estate.accounts import Place
from ..runs.records import Execution, ExecutionStatus, JobRun, JobStatus, WaveRun, WaveStatus
from .expected_times import SPREAD
from .forecast import Chance, drawn_times, percentile, quantiles_of
from .simulation import RunningJob, SimulatedPlan, SimulatedServer, play

SIMULATED_SERVERS = 7_000
"""In all simulations of one answer together: an execution is read every few seconds."""

FEWEST_RUNS, MOST_RUNS = 5, 31

OVERDUE_SHARE = 0.1
"""A job that has taken longer than any time drawn for it is taken to need this share of its expected time more."""


class RunForecast(msgspec.Struct, frozen=True, rename="camel"):
    """When an execution will end: in half of the simulations by ``endAt``, in 80 % of them in the range.

    ``madeAt`` is the moment as of which it is forecast, of an execution that has ended that of its end.

    Without a forecast the times are null, and ``reason`` says why. ``criticalPath`` are the waves that set the end.
    ``plannedP50Seconds`` and ``plannedP90Seconds`` forecast the whole run as it was known at its start; null for runs
    that are older than the forecast. Approvals, steps and failures are not part of it.
    """

    made_at: datetime
    end_at: datetime | None
    earliest_at: datetime | None
    latest_at: datetime | None
    critical_path: tuple[int, ...]
    reason: str
    planned_p50_seconds: float | None
    planned_p90_seconds: float | None


def forecast_run(
    execution: Execution, waves: Sequence[WaveRun], jobs: Sequence[JobRun], now: datetime, chance: Chance
) -> RunForecast:
    """Forecasts the rest of a run, and the whole run as planned. The same ``chance`` gives the same forecast."""
    none = RunForecast(execution.ended_at or now, None, None, None, (), "", None, None)
    if any(wave.server_count and not wave.launches and not _has_none_to_launch(wave) for wave in waves):
        reason = "no forecast: the execution is older than forecasts"
        return msgspec.structs.replace(none, reason="" if execution.status.is_final else reason)
    count = max(FEWEST_RUNS, min(MOST_RUNS, SIMULATED_SERVERS // max(1, execution.server_count)))
    planned = sorted(play(run).seconds for run in _runs([_unstarted(wave) for wave in waves], [], now, count, chance))
    known = msgspec.structs.replace(
        none,
        planned_p50_seconds=round(percentile(planned, 50), 1),
        planned_p90_seconds=round(percentile(planned, 90), 1),
    )
    withheld = why_none(execution, waves)
    if withheld or execution.status.is_final:
        return msgspec.structs.replace(known, reason=withheld)
    runs = _runs([wave for wave in waves if not wave.status.is_final], jobs, now, count, chance)
    played = sorted((play(run) for run in runs), key=lambda each: each.seconds)
    seconds = [each.seconds for each in played]

    def at(share: int) -> datetime:
        return now + timedelta(seconds=round(percentile(seconds, share)))

    path = tuple(played[len(played) // 2].chain(runs[0].needs))
    return msgspec.structs.replace(known, end_at=at(50), earliest_at=at(10), latest_at=at(90), critical_path=path)


def why_none(execution: Execution, waves: Sequence[WaveRun]) -> str:
    """Why the end of a run cannot be forecast now; empty if it can, or has come."""
    if execution.status is ExecutionStatus.PAUSED:
        return "no forecast while it is paused"
    if execution.status is ExecutionStatus.CANCELLING:
        return "it ends with its last DRS job"
    if execution.stop_reason and not execution.status.is_final:
        return "no further wave starts"
    if any(wave.status in {WaveStatus.AWAITING_APPROVAL, WaveStatus.AWAITING_DECISION} for wave in waves):
        return "no forecast until a person has decided"
    return ""


def _has_none_to_launch(wave: WaveRun) -> bool:
    return wave.counts is not None and wave.counts.excluded == wave.server_count


def _unstarted(wave: WaveRun) -> WaveRun:
    return msgspec.structs.replace(wave, status=WaveStatus.NOT_STARTED, attempt=1, ready_at=None)


def _runs(
    waves: Sequence[WaveRun], jobs: Sequence[JobRun], now: datetime, count: int, chance: Chance
) -> list[SimulatedPlan]:
    """What is left of these waves, with the times of each simulation."""
    needs = {
        wave.wave_number: [number for number in wave.depends_on if number in {other.wave_number for other in waves}]
        for wave in waves
    }
    delays = {wave.wave_number: _delay(wave, now) for wave in waves}
    servers: list[list[SimulatedServer]] = [[] for _ in range(count)]
    running: list[list[RunningJob]] = [[] for _ in range(count)]
    quantiles = quantiles_of(count)
    for wave in waves:
        mine = [job for job in jobs if job.wave_number == wave.wave_number and job.attempt == wave.attempt]
        for place in sorted({ahead.place for ahead in wave.launches}):
            left = _slowest_first(wave, place)
            for job in sorted((job for job in mine if job.place == place), key=lambda job: job.key):
                if job.status is not JobStatus.REFUSED:
                    inside, left = left[: len(job.server_ids)], left[len(job.server_ids) :]
                    if job.is_open:
                        _add_job(running, wave, job, [seconds for _, seconds in inside], now, quantiles, chance)
            _add_servers(servers, wave, place, left, quantiles, chance)
    return [
        SimulatedPlan(needs=needs, servers=launched, delays=delays, running=open_jobs)
        for launched, open_jobs in zip(servers, running, strict=True)
    ]


def _slowest_first(wave: WaveRun, place: Place) -> list[tuple[str, float]]:
    """The kinds and expected times of the servers that the attempt launches at the place, as they are launched.

    A later attempt launches those that failed. Which these are the wave does not know, so the slowest are assumed.
    """
    servers = [
        (ahead.os.value, ahead.seconds) for ahead in wave.launches if ahead.place == place for _ in range(ahead.count)
    ]
    servers.sort(key=lambda server: (-server[1], server[0]))
    if wave.attempt > 1 and wave.counts:
        return servers[: wave.counts.not_started + wave.counts.launching]
    return servers


def _add_servers(
    runs: Sequence[list[SimulatedServer]],
    wave: WaveRun,
    place: Place,
    left: Sequence[tuple[str, float]],
    quantiles: Sequence[float],
    chance: Chance,
) -> None:
    for index, (kind, expected) in enumerate(left):
        for run, seconds in zip(runs, drawn_times(expected, SPREAD, quantiles, chance), strict=True):
            run.append(
                SimulatedServer(
                    server_id=f"{wave.wave_number} {place} {index:04}",
                    wave=wave.wave_number,
                    place=str(place),
                    kind=kind,
                    expected_seconds=expected,
                    seconds=seconds,
                )
            )


def _add_job(
    runs: Sequence[list[RunningJob]],
    wave: WaveRun,
    job: JobRun,
    expected: Sequence[float],
    now: datetime,
    quantiles: Sequence[float],
    chance: Chance,
) -> None:
    """The job with the time that it has left: that of its slowest server, without what has passed."""
    passed = (now - (job.job_started_at or job.claimed_at)).total_seconds()
    drawn = [drawn_times(seconds, SPREAD, quantiles, chance) for seconds in expected]
    overdue = OVERDUE_SHARE * max(expected, default=0.0)
    for run, times in zip(runs, zip(*drawn, strict=True) if drawn else ([0.0] for _ in runs), strict=True):
        left = max(max(times) - passed, overdue)
        run.append(RunningJob(wave=wave.wave_number, place=str(job.place), servers=len(job.server_ids), seconds=left))


def _delay(wave: WaveRun, now: datetime) -> float:
    if not wave.status.is_before_start:
        return 0.0
    passed = (now - wave.ready_at).total_seconds() if wave.ready_at else 0.0
    return max(0.0, wave.delay_seconds - passed)
