"""Controls a whole execution: pause, resume, cancel. Each operation records its change and then releases waves.

Safe to repeat: an operation that was carried out before changes nothing, and repairs a release that a crash prevented.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ...domain.access.context import CallContext
from ...domain.errors import StateConflict
from ...domain.runs.events import EventKind
from ...domain.runs.interventions import describe_cancellation, describe_pause, describe_resume, requests_under_way
from ...domain.runs.records import Execution, ExecutionStatus, TimelineEvent, WaveRun, require_execution_move
from ...operations.runs import ExecutionId, Intervention
from ...store.reads.runs.executions import get_execution, get_launch_jobs, get_waves
from ...store.writes.runs import executions as writes
from ..notices.events import new_event
from ..waves.release import release_waves

_TRIES = 5
_CHANGES = "The execution kept changing while this was being carried out. Nothing was done. Try again."


def pause_execution(request: ExecutionId, call: CallContext) -> Intervention:
    """IN_PROGRESS → PAUSED. Raises RecordNotFound, IllegalTransition."""
    changed = _move(request.execution_id, ExecutionStatus.PAUSED, EventKind.EXECUTION_PAUSED, "was paused", call)
    execution, waves = _look(request.execution_id)
    jobs = get_launch_jobs(request.execution_id)
    statement = f"Paused. {describe_pause(jobs, waves)}"
    return Intervention(execution, changed, statement, requests_under_way=requests_under_way(jobs))


def resume_execution(request: ExecutionId, call: CallContext) -> Intervention:
    """PAUSED → IN_PROGRESS. Time limits are extended by the pause. Raises RecordNotFound, IllegalTransition."""
    changed = _resume(request.execution_id, call)
    release_waves(request.execution_id, call)
    execution, waves = _look(request.execution_id)
    return Intervention(execution, changed, f"Running. {describe_resume(waves)}")


def cancel_execution(request: ExecutionId, call: CallContext) -> Intervention:
    """→ CANCELLING. Waiting waves are cancelled at once, running jobs run to their end, instances stay.

    Raises RecordNotFound, and IllegalTransition for an execution that has ended.
    """
    changed = cancel_because(request.execution_id, "", call)
    execution, waves = _look(request.execution_id)
    jobs = get_launch_jobs(request.execution_id)
    statement = f"Cancelling. {describe_cancellation(jobs, waves)}"
    return Intervention(execution, changed, statement, requests_under_way=requests_under_way(jobs))


def cancel_because(execution_id: str, reason: str, call: CallContext) -> bool:
    """→ CANCELLING, with the reason in the timeline; False if it was cancelled before. Raises as cancel_execution."""
    execution = get_execution(execution_id)
    changed = execution.status not in {ExecutionStatus.CANCELLING, ExecutionStatus.CANCELLED} and _move(
        execution_id, ExecutionStatus.CANCELLING, EventKind.EXECUTION_CANCELLING, "is being cancelled", call, reason
    )
    release_waves(execution_id, call)
    return changed


def _resume(execution_id: str, call: CallContext) -> bool:
    """True if the execution was resumed, False if it is running already. Raises IllegalTransition otherwise."""
    for _ in range(_TRIES):
        before, waves = _look(execution_id)
        if before.status is ExecutionStatus.IN_PROGRESS:
            return False
        require_execution_move(before.status, ExecutionStatus.IN_PROGRESS)
        event = _line(execution_id, EventKind.EXECUTION_RESUMED, "was resumed", call)
        moved = _limits_moved_on(before, waves, call.now)
        away = call.now - before.paused_at if before.paused_at else timedelta()
        deadline_at = before.deadline_at + away if before.deadline_at else None
        if writes.resume_execution(before, event, deadline_at=deadline_at, waves=moved):
            return True
        # A wave has just ended, or another call has changed the execution.
    raise StateConflict(_CHANGES)


def _limits_moved_on(
    execution: Execution, waves: Sequence[WaveRun], now: datetime
) -> dict[int, tuple[datetime, datetime]]:
    """The time limits of running waves by number: as they are, and as they become after the pause."""
    moved: dict[int, tuple[datetime, datetime]] = {}
    for wave in waves:
        if execution.paused_at and wave.deadline_at and wave.status.is_running:
            away = now - max(execution.paused_at, wave.started_at or execution.paused_at)
            moved[wave.wave_number] = (wave.deadline_at, wave.deadline_at + away)
    return moved


def _move(
    execution_id: str, to: ExecutionStatus, kind: EventKind, verb: str, call: CallContext, reason: str = ""
) -> bool:
    """True if the execution was moved, False if it is in that state already. Raises IllegalTransition otherwise."""
    for _ in range(_TRIES):
        seen = get_execution(execution_id)
        if seen.status is to:
            return False
        require_execution_move(seen.status, to)
        if writes.move_execution(execution_id, to, _line(execution_id, kind, verb, call, reason), seen=seen):
            return True
        # Another call changed it between the read and the write: decide again by its new state.
    raise StateConflict(_CHANGES)


def _line(execution_id: str, kind: EventKind, verb: str, call: CallContext, reason: str = "") -> TimelineEvent:
    because = f": {reason}" if reason else ""
    return new_event(execution_id, call.now, kind, f"The execution {verb} by {call.principal.name}{because}.")


def _look(execution_id: str) -> tuple[Execution, list[WaveRun]]:
    return get_execution(execution_id), get_waves(execution_id)
