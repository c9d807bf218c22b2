"""An execution and its waves as they are shown: their records, and what follows from them now."""

from collections.abc import Mapping, Sequence
from typing import Any

from .records import Execution, JobRun, WaveRun
from .waiting import Waiting, execution_waits_for, wave_waits_for


class LiveExecution(Execution, frozen=True, rename="camel"):
    """``waitingFor`` is what keeps it from going on, null if nothing does."""

    waiting_for: Waiting | None = None


class LiveWave(WaveRun, frozen=True, rename="camel"):
    """``waitingFor`` is what keeps it from going on, null if nothing does."""

    waiting_for: Waiting | None = None


def live_execution(execution: Execution, jobs: Sequence[JobRun]) -> LiveExecution:
    """The execution as shown; ``jobs`` are its launch requests."""
    return LiveExecution(**_fields_of(execution), waiting_for=execution_waits_for(execution, jobs))


def live_wave(wave: WaveRun, waves: Mapping[int, WaveRun], execution: Execution) -> LiveWave:
    """The wave as shown; ``waves`` are all waves of the execution by number."""
    return LiveWave(**_fields_of(wave), waiting_for=wave_waits_for(wave, waves, execution))


def _fields_of(record: Execution | WaveRun) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}
