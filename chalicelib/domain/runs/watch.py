"""What the watchdog decides of an execution: whether its state machine must be started again, and what is overdue."""

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from .records import Execution, ExecutionStatus, WaveRun, WaveStatus
from .release import ReleaseKind, decide_release, ready_since

STARTS_WITHIN = timedelta(minutes=2)
"""A start that has written its records starts the state machine within seconds; afterwards it has died."""

SILENT_AFTER = timedelta(minutes=15)
"""A wave that nobody has judged so long after its time limit has no orchestration any more."""

UNSTARTED_AFTER = timedelta(minutes=6)
"""A wave that may start begins within seconds; a task that fails is tried again for four minutes."""

MAX_RUNS = 6
"""How often a state machine is started for one execution, the first start included."""


class WorkflowState(StrEnum):
    """A run of the state machine as Step Functions tells it; GONE: there is none of this name."""

    RUNNING = "RUNNING"
    ENDED = "ENDED"
    GONE = "GONE"


class WatchVerdict(StrEnum):
    """START the same run (it never began), RESTART as the next run, END truthfully, or GO_ON."""

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
    """Decides on an execution that is not over; ``tokens`` are the numbers of the waves that wait on a task token."""
    if state is WorkflowState.GONE:
        young = execution.status is ExecutionStatus.CREATED and now - execution.started_at < STARTS_WITHIN
        reason = "It was never started." if execution.status is ExecutionStatus.CREATED else "Step Functions lost it."
        return WatchDecision(WatchVerdict.GO_ON if young else WatchVerdict.START, reason)
    reason = "Its state machine ended." if state is WorkflowState.ENDED else _silence(execution, waves, tokens, now)
    if not reason:
        return WatchDecision(WatchVerdict.GO_ON)
    if execution.workflow_run >= MAX_RUNS:
        return WatchDecision(WatchVerdict.END, f"{reason} It was started {execution.workflow_run} times.")
    return WatchDecision(WatchVerdict.RESTART, reason)


def overdue_approval(
    execution: Execution, waves: Mapping[int, WaveRun], timeout: timedelta, now: datetime
) -> WaveRun | None:
    """A wave that has waited for its approval for too long, counted from the last resume; None without one."""
    if execution.status is not ExecutionStatus.IN_PROGRESS:
        return None
    for wave in waves.values():
        if wave.status is WaveStatus.AWAITING_APPROVAL and not wave.approved_by and wave.approval_asked_at:
            since = max(wave.approval_asked_at, execution.running_since or wave.approval_asked_at)
            if now - since > timeout:
                return wave
    return None


def is_over_time(execution: Execution, now: datetime) -> bool:
    """Whether the execution's own time limit is up; a pause stops the clock."""
    counts = execution.status in {ExecutionStatus.CREATED, ExecutionStatus.IN_PROGRESS}
    return counts and execution.deadline_at is not None and now > execution.deadline_at


def _silence(execution: Execution, waves: Mapping[int, WaveRun], tokens: Container[int], now: datetime) -> str:
    """Which wave ought to have moved long ago; empty when none. A pause explains every silence."""
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
                return f"Wave {wave.wave_number} may start, and nobody starts it."
    return ""
