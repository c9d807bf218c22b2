"""What the watchdog decides: whether to start a state machine again, and what is overdue."""

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from .records import Execution, ExecutionStatus, WaveRun, WaveStatus
from .release import ReleaseKind, decide_release, ready_since

STARTS_WITHIN = timedelta(minutes=2)
"""A start that has written its records starts the state machine within seconds, unless it failed."""

SILENT_AFTER = timedelta(minutes=15)
"""A wave without an outcome so long after its time limit is no longer orchestrated."""

UNSTARTED_AFTER = timedelta(minutes=6)
"""A wave that may start begins within seconds; a failed task is retried for four minutes."""

MAX_RUNS = 6
"""The most runs of the state machine for one execution, including the first."""


class WorkflowState(StrEnum):
    """A run of the state machine in Step Functions; GONE: there is no run with this name."""

    RUNNING = "RUNNING"
    ENDED = "ENDED"
    GONE = "GONE"


class WatchVerdict(StrEnum):
    """START the run that never began, RESTART as the next run, END the execution, or GO_ON."""

    GO_ON = "GO_ON"
    START = "START"
    RESTART = "RESTART"
    END = "END"


class WatchDecision(msgspec.Struct, frozen=True):
    verdict: WatchVerdict
    reason: str = ""


def workflow_name(execution_id: str, run: int) -> str:
    """The name of a run of the state machine: the execution's id, then ``<id>-r2`` and so on."""
    return execution_id if run == 1 else f"{execution_id}-r{run}"


def decide_watch(
    execution: Execution,
    waves: Mapping[int, WaveRun],
    tokens: Container[int],
    state: WorkflowState,
    now: datetime,
) -> WatchDecision:
    """Decides on an execution that is not over; ``tokens`` are the numbers of waves with a task token."""
    if state is WorkflowState.GONE:
        young = execution.status is ExecutionStatus.CREATED and now - execution.started_at < STARTS_WITHIN
        reason = (
            "Its state machine was never started."
            if execution.status is ExecutionStatus.CREATED
            else "Step Functions has no run of its state machine."
        )
        return WatchDecision(WatchVerdict.GO_ON if young else WatchVerdict.START, reason)
    reason = (
        "Its state machine ended before the execution did."
        if state is WorkflowState.ENDED
        else _silence(execution, waves, tokens, now)
    )
    if not reason:
        return WatchDecision(WatchVerdict.GO_ON)
    if execution.workflow_run >= MAX_RUNS:
        return WatchDecision(WatchVerdict.END, f"{reason} It was already started {execution.workflow_run} times.")
    return WatchDecision(WatchVerdict.RESTART, reason)


def overdue_approval(
    execution: Execution, waves: Mapping[int, WaveRun], timeout: timedelta, now: datetime
) -> WaveRun | None:
    """A wave that has waited too long for its approval, counted from the last resume; None if none has."""
    for wave in waves.values():
        due_at = approval_due_at(execution, wave, timeout)
        if due_at and now > due_at:
            return wave
    return None


def approval_due_at(execution: Execution, wave: WaveRun, timeout: timedelta) -> datetime | None:
    """When the execution is paused because the wave was not approved; None if that is not to happen now."""
    waits = wave.status is WaveStatus.AWAITING_APPROVAL and not wave.approved_by
    if not waits or not wave.approval_asked_at or execution.status is not ExecutionStatus.IN_PROGRESS:
        return None
    return max(wave.approval_asked_at, execution.running_since or wave.approval_asked_at) + timeout


def is_over_time(execution: Execution, now: datetime) -> bool:
    """Whether the execution's own time limit has passed; it does not run during a pause."""
    is_running = execution.status in {ExecutionStatus.CREATED, ExecutionStatus.IN_PROGRESS}
    return is_running and execution.deadline_at is not None and now > execution.deadline_at


def _silence(execution: Execution, waves: Mapping[int, WaveRun], tokens: Container[int], now: datetime) -> str:
    """A sentence on a wave that should have moved long ago; empty if there is none or during a pause."""
    if execution.status is ExecutionStatus.PAUSED:
        return ""
    for wave in waves.values():
        begun = wave.status.is_running
        over = wave.deadline_at is not None and now - wave.deadline_at > SILENT_AFTER
        if begun and over and wave.wave_number not in tokens:
            return f"Wave {wave.wave_number} is {wave.status} long after its time limit."
        waits = wave.status.is_before_start
        if waits and wave.wave_number not in tokens and execution.status is not ExecutionStatus.CREATED:
            released = decide_release(wave, waves, execution, now).kind is ReleaseKind.START
            since = max(ready_since(wave, waves, execution), execution.running_since or execution.started_at)
            if released and now - since - timedelta(seconds=wave.delay_seconds) > UNSTARTED_AFTER:
                return f"Wave {wave.wave_number} may start, but nothing has started it."
    return ""
