"""What is left of an execution: the servers that still launch, and for how long its jobs still run, by simulation."""

from collections.abc import Sequence
from datetime import datetime

from ..estate.accounts import Place
from ..runs.records import JobRun, JobStatus, WaveRun
from .draws import Chance, drawn_times
from .expected_times import SPREAD
from .simulation import RunningJob, SimulatedPlan, SimulatedServer

OVERDUE_SHARE = 0.1
"""A job that has taken longer than any time drawn for it is taken to need this share of its expected time more."""


def rest_of(
    waves: Sequence[WaveRun], jobs: Sequence[JobRun], now: datetime, count: int, chance: Chance
) -> list[SimulatedPlan]:
    """What is left of these waves of an execution, with the times of each simulation. The chance decides the times."""
    needs = {
        wave.wave_number: [number for number in wave.depends_on if number in {other.wave_number for other in waves}]
        for wave in waves
    }
    delays = {wave.wave_number: _delay(wave, now) for wave in waves}
    servers: list[list[SimulatedServer]] = [[] for _ in range(count)]
    running: list[list[RunningJob]] = [[] for _ in range(count)]
    for wave in waves:
        mine = [job for job in jobs if job.wave_number == wave.wave_number and job.attempt == wave.attempt]
        for place in sorted({ahead.place for ahead in wave.launches}):
            left = _slowest_first(wave, place)
            for job in sorted((job for job in mine if job.place == place), key=lambda job: job.key):
                if job.status is not JobStatus.REFUSED:
                    inside, left = left[: len(job.server_ids)], left[len(job.server_ids) :]
                    if job.is_open:
                        _add_job(running, wave, job, [seconds for _, seconds in inside], now, chance)
            _add_servers(servers, wave, place, left, chance)
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
    chance: Chance,
) -> None:
    for index, (kind, expected) in enumerate(left):
        for run, seconds in zip(runs, drawn_times(expected, SPREAD, len(runs), chance), strict=True):
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
    chance: Chance,
) -> None:
    """The job with the time that it has left: that of its slowest server, without what has passed."""
    passed = (now - (job.job_started_at or job.claimed_at)).total_seconds()
    drawn = [drawn_times(seconds, SPREAD, len(runs), chance) for seconds in expected]
    overdue = OVERDUE_SHARE * max(expected, default=0.0)
    for run, times in zip(runs, zip(*drawn, strict=True) if drawn else ([0.0] for _ in runs), strict=True):
        left = max(max(times) - passed, overdue)
        run.append(RunningJob(wave=wave.wave_number, place=str(job.place), servers=len(job.server_ids), seconds=left))


def _delay(wave: WaveRun, now: datetime) -> float:
    if not wave.status.is_before_start:
        return 0.0
    passed = (now - wave.ready_at).total_seconds() if wave.ready_at else 0.0
    return max(0.0, wave.delay_seconds - passed)
