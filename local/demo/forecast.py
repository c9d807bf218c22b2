"""Estimates when a run will end, from its plan and its progress."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.domain.runs.records import WaveRun

# An overdue wave is assumed to need this share of its expected time more.
_OVERDUE_SHARE = 0.15


def expected_end(waves: Sequence[WaveRun], *, now: datetime) -> datetime:
    """The estimated end of the last wave, if each wave takes as long as expected; never before `now`."""
    by_number = {wave.wave_number: wave for wave in waves}
    ends: dict[int, datetime] = {}

    def end_of(wave: WaveRun) -> datetime:
        if wave.wave_number not in ends:
            ends[wave.wave_number] = _end_of(wave, [end_of(by_number[number]) for number in wave.depends_on], now)
        return ends[wave.wave_number]

    return max((end_of(wave) for wave in waves), default=now)


def _end_of(wave: WaveRun, needed: Sequence[datetime], now: datetime) -> datetime:
    if wave.ended_at is not None:
        return wave.ended_at
    if wave.status.is_final:
        return now
    expected = timedelta(seconds=wave.expected_seconds)
    if wave.started_at is not None:
        return max(wave.started_at + expected, now + expected * _OVERDUE_SHARE)
    start = max([now, *needed]) + timedelta(seconds=wave.delay_seconds)
    return start + expected
