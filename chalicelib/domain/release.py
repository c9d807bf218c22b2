"""When a wave may start: the decision that replaces barriers between waves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from .executions import Execution, ExecutionStatus, WaveRun, WaveStatus
from .plans import OnFailure

_BEFORE_START = {WaveStatus.NOT_STARTED, WaveStatus.AWAITING_APPROVAL}


class ReleaseKind(StrEnum):
    """What to do with a wave that waits.

    START: launch it, or go on. ASK: somebody must approve. CANCEL: it never starts. CLOSED: it is over. WAIT: not yet.
    """

    START = "START"
    ASK = "ASK"
    CANCEL = "CANCEL"
    CLOSED = "CLOSED"
    WAIT = "WAIT"


class Release(msgspec.Struct, frozen=True):
    """The decision on one wave, with the reason that goes to the timeline."""

    kind: ReleaseKind
    reason: str


def decide_release(wave: WaveRun, waves: Mapping[int, WaveRun], execution: Execution) -> Release:
    """Decides whether ``wave`` may start now; ``waves`` are all waves of the execution by number.

    A wave starts when each wave that it depends on is COMPLETED, was SKIPPED by an operator, or failed with the policy
    CONTINUE. It is cancelled as soon as that can no longer happen, or when the execution takes no new waves.
    """
    if wave.status.is_final:
        return Release(ReleaseKind.CLOSED, f"Wave {wave.wave_number} is already {wave.status}.")
    if wave.status not in _BEFORE_START:
        return _decide_begun(wave, execution)
    needed = [waves[number] for number in wave.depends_on]
    obstacle = _why_never(needed, execution)
    if obstacle:
        return Release(ReleaseKind.CANCEL, obstacle)
    open_numbers = [other.wave_number for other in needed if not other.status.is_final]
    if open_numbers:
        return Release(ReleaseKind.WAIT, f"It waits for wave(s) {', '.join(map(str, open_numbers))}.")
    if execution.status is ExecutionStatus.PAUSED:
        return Release(ReleaseKind.WAIT, "The execution is paused.")
    if wave.approval_required and not wave.approved_by:
        asked = wave.status is WaveStatus.AWAITING_APPROVAL
        return Release(ReleaseKind.WAIT if asked else ReleaseKind.ASK, "It needs an approval.")
    if not needed:
        return Release(ReleaseKind.START, "It depends on no other wave.")
    return Release(ReleaseKind.START, f"Wave(s) {', '.join(str(other.wave_number) for other in needed)} have ended.")


def ready_since(wave: WaveRun, waves: Mapping[int, WaveRun], execution: Execution) -> datetime:
    """The moment from which nothing but the orchestrator kept the wave from starting."""
    ends = [wave.approved_at, *(waves[number].ended_at for number in wave.depends_on)]
    return max((end for end in ends if end is not None), default=execution.started_at)


def _decide_begun(wave: WaveRun, execution: Execution) -> Release:
    """A wave that has begun and waits: for an operator's decision, or for the end of a pause."""
    if execution.status is ExecutionStatus.CANCELLING and wave.status is WaveStatus.AWAITING_DECISION:
        return Release(ReleaseKind.CANCEL, "The execution is CANCELLING.")
    if wave.status is WaveStatus.AWAITING_DECISION:
        return Release(ReleaseKind.WAIT, "An operator decides.")
    if execution.status is ExecutionStatus.PAUSED:
        return Release(ReleaseKind.WAIT, "The execution is paused.")
    return Release(ReleaseKind.START, f"Wave {wave.wave_number} goes on; it was {wave.status}.")


def _why_never(needed: Sequence[WaveRun], execution: Execution) -> str:
    """Why a wave that depends on ``needed`` can never start any more; empty when it still can."""
    if execution.status.is_final or execution.status is ExecutionStatus.CANCELLING:
        return f"The execution is {execution.status}."
    if execution.stop_reason:
        return execution.stop_reason
    for other in needed:
        if other.status is WaveStatus.CANCELLED or (_failed(other) and other.on_failure is not OnFailure.CONTINUE):
            return f"Wave {other.wave_number}, which it depends on, is {other.status}."
    return ""


def _failed(wave: WaveRun) -> bool:
    return wave.status in {WaveStatus.FAILED, WaveStatus.TIMED_OUT}
