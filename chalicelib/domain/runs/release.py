"""When a wave may start: decided for each wave by itself, without barriers between waves."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ..plans.plans import OnFailure
from .records import Execution, ExecutionStatus, WaveRun, WaveStatus


class ReleaseKind(StrEnum):
    """What to do with a wave that waits.

    START: launch it, or continue. DELAY: only its own delay is left. ASK: request an approval. CANCEL: it can never
    start. CLOSED: it is over. WAIT: not yet.
    """

    START = "START"
    DELAY = "DELAY"
    ASK = "ASK"
    CANCEL = "CANCEL"
    CLOSED = "CLOSED"
    WAIT = "WAIT"


class WaitKind(StrEnum):
    """What a wave or an execution waits for."""

    WAVES = "WAVES"
    APPROVAL = "APPROVAL"
    DELAY = "DELAY"
    DECISION = "DECISION"
    CAPACITY = "CAPACITY"
    RESUME = "RESUME"
    JOBS = "JOBS"
    START = "START"


class Release(msgspec.Struct, frozen=True):
    """The decision on one wave, with the reason for the timeline.

    ``delay_seconds`` is given only with DELAY, and ``waits_for`` with WAIT, ASK and DELAY.
    """

    kind: ReleaseKind
    reason: str
    delay_seconds: int = 0
    waits_for: WaitKind | None = None


def decide_release(wave: WaveRun, waves: Mapping[int, WaveRun], execution: Execution, now: datetime) -> Release:
    """Decides whether ``wave`` may start now; ``waves`` are all waves of the execution by number.

    A wave starts when each wave that it depends on is COMPLETED, was SKIPPED by an operator, or failed with the policy
    CONTINUE, and its delay is over. It is cancelled as soon as that can no longer happen, or when the execution starts
    no new waves.
    """
    if wave.status.is_final:
        return Release(ReleaseKind.CLOSED, f"Wave {wave.wave_number} is already {wave.status}.")
    if not wave.status.is_before_start:
        return _decide_begun(wave, execution)
    needed = [waves[number] for number in wave.depends_on]
    obstacle = _why_never(needed, execution)
    if obstacle:
        return Release(ReleaseKind.CANCEL, obstacle)
    open_numbers = [other.wave_number for other in needed if not other.status.is_final]
    if open_numbers:
        return Release(
            ReleaseKind.WAIT,
            f"It waits for {'wave' if len(open_numbers) == 1 else 'waves'} {', '.join(map(str, open_numbers))}.",
            waits_for=WaitKind.WAVES,
        )
    if execution.status is not ExecutionStatus.IN_PROGRESS:
        kind = WaitKind.RESUME if execution.status is ExecutionStatus.PAUSED else WaitKind.START
        return Release(ReleaseKind.WAIT, f"The execution is {execution.status}.", waits_for=kind)
    return _decide_ready(wave, waves, execution, now)


def _decide_ready(wave: WaveRun, waves: Mapping[int, WaveRun], execution: Execution, now: datetime) -> Release:
    """Decides on a wave that can only still wait for its approval and its delay."""
    if wave.has_open_gate:
        requested = wave.status is WaveStatus.AWAITING_APPROVAL
        kind = ReleaseKind.WAIT if requested else ReleaseKind.ASK
        return Release(kind, "It needs approval.", waits_for=WaitKind.APPROVAL)
    due_at = ready_since(wave, waves, execution) + timedelta(seconds=wave.delay_seconds)
    if now < due_at:
        left = math.ceil((due_at - now).total_seconds())
        return Release(ReleaseKind.DELAY, f"Its delay ends at {due_at:%H:%M:%S} UTC.", left, WaitKind.DELAY)
    return Release(ReleaseKind.START, "Everything that it waited for has ended.")


def ready_since(wave: WaveRun, waves: Mapping[int, WaveRun], execution: Execution) -> datetime:
    """The moment from which the wave could start, not counting its delay."""
    ends = [wave.approved_at, *(waves[number].ended_at for number in wave.depends_on)]
    return max((end for end in ends if end is not None), default=execution.started_at)


def _decide_begun(wave: WaveRun, execution: Execution) -> Release:
    """Decides on a wave that has begun and may wait for a decision or for the end of a pause."""
    if wave.status is WaveStatus.AWAITING_DECISION:
        if execution.status.takes_decisions:
            reason = "It waits for the decision of an operator."
            return Release(ReleaseKind.WAIT, reason, waits_for=WaitKind.DECISION)
        return Release(ReleaseKind.CANCEL, f"The execution is {execution.status}, so its waves take no more decisions.")
    if execution.status is ExecutionStatus.PAUSED:
        return Release(ReleaseKind.WAIT, "The execution is paused.", waits_for=WaitKind.RESUME)
    return Release(ReleaseKind.START, f"Wave {wave.wave_number} continues; it was {wave.status}.")


def _why_never(needed: Sequence[WaveRun], execution: Execution) -> str:
    """Why a wave that depends on ``needed`` can no longer start; empty if it can."""
    if execution.status.is_final or execution.status is ExecutionStatus.CANCELLING:
        return f"The execution is {execution.status}."
    if execution.stop_reason:
        return execution.stop_reason
    for other in needed:
        if other.status is WaveStatus.CANCELLED or (_failed(other) and other.on_failure is not OnFailure.CONTINUE):
            return f"Wave {other.wave_number}, which it depends on, is {other.status}."
        if _failed(other) and other.has_open_gate:
            # Only a person may pass over an approval; the end of an orchestration, real or reported, does not.
            return f"Wave {other.wave_number}, which it depends on, is {other.status} and was never approved."
    return ""


def _failed(wave: WaveRun) -> bool:
    return wave.status in {WaveStatus.FAILED, WaveStatus.TIMED_OUT}
