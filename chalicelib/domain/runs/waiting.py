"""What waves and executions wait for, until when, and which decisions people have to make.

What is said here depends on the records alone and not on the time at which it is asked, so that an answer that has not
changed need not be sent again.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from ..access.permissions import Permission
from ..text import count_of
from .records import Execution, ExecutionStatus, JobRun, Mode, WaveRun, WaveStatus
from .release import ReleaseKind, WaitKind, decide_release, ready_since
from .watch import approval_due_at

DECISION_TIME = timedelta(days=1)
"""How long the state machine waits for the decision on a failed wave: the timeout of ``AwaitOperatorDecision``."""

_ALWAYS_OVER = datetime.max.replace(tzinfo=UTC)
"""A time at which the delay of every wave is over."""


class Waiting(msgspec.Struct, frozen=True, rename="camel"):
    """What is waited for, in words; ``until`` is when the wait ends by itself, null if it does not or is not known."""

    kind: WaitKind
    text: str
    until: datetime | None = None


class DecisionKind(StrEnum):
    """APPROVAL: the wave may start only when it was approved. FAILED_WAVE: retry, skip or give up the wave."""

    APPROVAL = "APPROVAL"
    FAILED_WAVE = "FAILED_WAVE"


class OpenDecision(msgspec.Struct, frozen=True, rename="camel"):
    """A wave on which a person has to decide.

    ``until`` is when something happens without a decision, and ``otherwise`` says what. ``permission`` is needed to let
    the wave go on: to approve it, or to retry or skip it.
    """

    execution_id: str
    plan_id: str
    plan_name: str
    mode: Mode
    wave_number: int
    wave_name: str
    kind: DecisionKind
    text: str
    since: datetime | None
    until: datetime | None
    otherwise: str
    permission: Permission


def wave_waits_for(wave: WaveRun, waves: Mapping[int, WaveRun], execution: Execution) -> Waiting | None:
    """What keeps a wave from going on; None if nothing does, or it is over. ``waves`` are all waves by number."""
    if wave.status.is_final:
        return None
    release = decide_release(wave, waves, execution, _ALWAYS_OVER)
    if release.kind is ReleaseKind.START:
        return _delay(wave, waves, execution) if wave.status.is_before_start else _capacity(wave)
    if release.waits_for is None:
        return None
    decision = open_decision(execution, wave)
    return Waiting(release.waits_for, release.reason, decision.until if decision else None)


def execution_waits_for(execution: Execution, jobs: Sequence[JobRun]) -> Waiting | None:
    """What keeps an execution from going on as a whole, or from its end. ``jobs`` are its launch requests."""
    match execution.status:
        case ExecutionStatus.CREATED:
            return Waiting(WaitKind.START, "Its state machine is being started.")
        case ExecutionStatus.PAUSED:
            return Waiting(WaitKind.RESUME, execution.pause_reason or "It is paused and starts nothing until resumed.")
        case ExecutionStatus.CANCELLING:
            running = sum(job.is_open for job in jobs)
            text = f"It is being cancelled. {count_of(running, 'DRS job')} still to end."
            return Waiting(WaitKind.JOBS, text)
        case _:
            return None


def open_decision(execution: Execution, wave: WaveRun) -> OpenDecision | None:
    """The decision that a person has to make on the wave; None if there is none to make."""
    if not execution.status.takes_decisions:
        return None
    if wave.status is WaveStatus.AWAITING_APPROVAL and not wave.approved_by:
        text, permission = f"Wave {wave.wave_number} '{wave.name}' needs an approval.", Permission.APPROVE
        return _decision(execution, wave, DecisionKind.APPROVAL, text, permission)
    if wave.status is WaveStatus.AWAITING_DECISION:
        text = f"Wave {wave.wave_number} '{wave.name}' has failed. {wave.outcome_reason}".strip()
        return _decision(execution, wave, DecisionKind.FAILED_WAVE, text, Permission.CONTROL_EXECUTION)
    return None


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


def _decision(
    execution: Execution, wave: WaveRun, kind: DecisionKind, text: str, permission: Permission
) -> OpenDecision:
    until, otherwise = _without_decision(execution, wave, kind)
    return OpenDecision(
        execution_id=execution.execution_id,
        plan_id=execution.plan_id,
        plan_name=execution.plan_name,
        mode=execution.mode,
        wave_number=wave.wave_number,
        wave_name=wave.name,
        kind=kind,
        text=text,
        since=wave.decision_since or wave.approval_asked_at,
        until=until,
        otherwise=otherwise,
        permission=permission,
    )


def _without_decision(execution: Execution, wave: WaveRun, kind: DecisionKind) -> tuple[datetime | None, str]:
    """What happens first if nobody decides, and when. A decision's time limit goes on while the execution is paused."""
    paused = execution.status is ExecutionStatus.PAUSED
    ends: list[tuple[datetime, str]] = []
    if kind is DecisionKind.FAILED_WAVE and wave.decision_since:
        ends.append((wave.decision_since + DECISION_TIME, "The wave counts as failed, and no new wave starts."))
    if kind is DecisionKind.APPROVAL and execution.approval:
        due_at = approval_due_at(execution, wave, timedelta(minutes=execution.approval.timeout_minutes))
        ends += [(due_at, "The execution is paused. It does not start the wave.")] if due_at else []
    if execution.deadline_at and not paused:
        ends.append((execution.deadline_at, "The execution reaches its time limit and ends as TIMED_OUT."))
    forever = "Nothing happens while the execution is paused." if paused else "The wave waits until someone decides."
    return min(ends, default=(None, forever))


def _delay(wave: WaveRun, waves: Mapping[int, WaveRun], execution: Execution) -> Waiting | None:
    if not wave.delay_seconds:
        return None
    due_at = ready_since(wave, waves, execution) + timedelta(seconds=wave.delay_seconds)
    return Waiting(WaitKind.DELAY, f"Its delay ends at {due_at:%H:%M:%S} UTC.", due_at)


def _capacity(wave: WaveRun) -> Waiting | None:
    if not wave.waiting:
        return None
    return Waiting(WaitKind.CAPACITY, "; ".join(f"{place}: {reason}" for place, reason in wave.waiting.items()))
