"""When a run will end: what is left of it is simulated from what has happened, with the decisions of real launches."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ..runs.records import Execution, ExecutionStatus, JobRun, WaveRun, WaveStatus
from .beside import NOTHING_BESIDE, Beside, turn_of, with_others
from .draws import Chance, percentile
from .rest import rest_of
from .simulation import play

SIMULATED_SERVERS = 7_000
"""In all simulations of one answer together: an execution is read every few seconds."""

FEWEST_RUNS, MOST_RUNS = 5, 31


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
    execution: Execution,
    waves: Sequence[WaveRun],
    jobs: Sequence[JobRun],
    now: datetime,
    chance: Chance,
    beside: Beside = NOTHING_BESIDE,
) -> RunForecast:
    """Forecasts the rest of a run, and the whole run as planned. The same ``chance`` gives the same forecast.

    The rest is simulated beside these other executions, the whole run as if there were none.
    """
    none = RunForecast(execution.ended_at or now, None, None, None, (), "", None, None)
    if any(wave.server_count and not wave.launches and not _has_none_to_launch(wave) for wave in waves):
        reason = "no forecast: the execution is older than forecasts"
        return msgspec.structs.replace(none, reason="" if execution.status.is_final else reason)
    count = max(FEWEST_RUNS, min(MOST_RUNS, SIMULATED_SERVERS // max(1, execution.server_count)))
    planned = sorted(play(run).seconds for run in rest_of([_unstarted(wave) for wave in waves], [], now, count, chance))
    known = msgspec.structs.replace(
        none,
        planned_p50_seconds=round(percentile(planned, 50), 1),
        planned_p90_seconds=round(percentile(planned, 90), 1),
    )
    withheld = why_none(execution, waves)
    if withheld or execution.status.is_final:
        return msgspec.structs.replace(known, reason=withheld)
    count = max(FEWEST_RUNS, min(count, SIMULATED_SERVERS // max(1, execution.server_count + beside.server_count)))
    alone = rest_of([wave for wave in waves if not wave.status.is_final], jobs, now, count, chance)
    mine = [msgspec.structs.replace(run, turn=turn_of(execution)) for run in alone]
    runs = with_others(mine, beside, chance)
    played = sorted((play(run) for run in runs), key=lambda each: each.seconds)
    seconds = [each.seconds for each in played]

    def at(share: int) -> datetime:
        return now + timedelta(seconds=round(percentile(seconds, share)))

    path = tuple(played[len(played) // 2].chain(alone[0].needs))
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
