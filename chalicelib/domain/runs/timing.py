"""The times of a run: planned, actual, in DRS and overhead for each wave, and the critical path."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from ..plans.graph import longest_path
from .records import Execution, ExecutionStatus, JobRun, WaveRun


class WaveTiming(msgspec.Struct, frozen=True, rename="camel"):
    """The times of one wave, in seconds.

    Overhead is the actual time without the configured delay and the time in DRS jobs. Both are None while the wave has
    not ended.
    """

    wave_number: int
    planned_seconds: float
    drs_seconds: float
    actual_seconds: float | None
    overhead_seconds: float | None


class RunTiming(msgspec.Struct, frozen=True, rename="camel"):
    """The times of a run, in seconds. The critical path is the longest chain by DRS time and delays."""

    total_seconds: float | None
    critical_path_seconds: float
    critical_path: tuple[int, ...]
    waves: tuple[WaveTiming, ...]


def duration_of(execution: Execution) -> int | None:
    """The seconds from its start to its end, pauses included; None while it has not ended."""
    return round((execution.ended_at - execution.started_at).total_seconds()) if execution.ended_at else None


def rto_met(execution: Execution, now: datetime) -> bool | None:
    """Whether it was completed within its plan's target for the recovery time; None if that cannot be said (yet).

    False from the moment at which the target has passed, and for an execution that ended without having recovered all
    that it had to. One that was cancelled within its time says nothing about the target.
    """
    if execution.rto_minutes is None:
        return None
    if (execution.ended_at or now) - execution.started_at > timedelta(minutes=execution.rto_minutes):
        return False
    if execution.status is ExecutionStatus.CANCELLED or not execution.status.is_final:
        return None
    return execution.status is ExecutionStatus.COMPLETED


def measure(execution: Execution, waves: Sequence[WaveRun], jobs: Iterable[JobRun]) -> RunTiming:
    """Measures a run from its records; it can be called at any time of the run."""
    by_wave: dict[int, list[JobRun]] = {}
    for job in jobs:
        by_wave.setdefault(job.wave_number, []).append(job)
    timings = [_wave_timing(wave, by_wave.get(wave.wave_number, [])) for wave in waves]
    needs = {wave.wave_number: wave.depends_on for wave in waves}
    spans: Mapping[int, float] = {
        wave.wave_number: timing.drs_seconds + (wave.delay_seconds if wave.started_at else 0)
        for wave, timing in zip(waves, timings, strict=True)
    }
    path = longest_path(needs, spans)
    return RunTiming(
        total_seconds=_seconds(execution.started_at, execution.ended_at),
        critical_path_seconds=round(sum(spans[number] for number in path), 3),
        critical_path=tuple(path),
        waves=tuple(timings),
    )


def _wave_timing(wave: WaveRun, jobs: Sequence[JobRun]) -> WaveTiming:
    in_drs = _covered(
        [(job.job_started_at, job.job_ended_at) for job in jobs if job.job_started_at and job.job_ended_at]
    )
    actual = _seconds(wave.ready_at, wave.ended_at) if wave.started_at else None
    overhead = None if actual is None else round(actual - wave.delay_seconds - in_drs, 3)
    return WaveTiming(wave.wave_number, round(wave.expected_seconds, 3), in_drs, actual, overhead)


def _covered(spans: Sequence[tuple[datetime, datetime]]) -> float:
    """The seconds that are covered by at least one of the spans."""
    total, reached = 0.0, None
    for start, end in sorted(spans):
        begin = start if reached is None or start > reached else reached
        if end > begin:
            total += (end - begin).total_seconds()
            reached = end
    return round(total, 3)


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return round((end - start).total_seconds(), 3) if start and end else None
