"""Releasing waves: whoever may start is told so, whoever never will is cancelled, at once and without polling."""

from datetime import datetime, timedelta
from typing import Any

from ..aws.actions.workflow import release_task
from ..domain.context import CallContext
from ..domain.executions import Execution, WaveRun, WaveStatus
from ..domain.outcomes import WaveOutcome
from ..domain.release import Release, ReleaseKind, decide_release, ready_since
from ..store.reads.executions import get_execution, get_task_tokens, get_waves
from ..store.writes.waves import ask_approval, end_wave, forget_token
from .events import EventKind, tell

CLOSED = {"decision": "CLOSED", "delay_seconds": 0, "next": "DONE"}
"""The answer to a waiting task whose wave is over."""

_BEFORE_START = {WaveStatus.NOT_STARTED, WaveStatus.AWAITING_APPROVAL}


def release_waves(execution_id: str, call: CallContext) -> None:
    """Decides on every wave that waits.

    Safe to repeat and to run twice at once: Step Functions takes one answer for each token.

    A cancelled wave may cancel those behind it, so it goes on until nothing changes.
    """
    while _release_once(execution_id, call):
        continue


def _release_once(execution_id: str, call: CallContext) -> bool:
    execution = get_execution(execution_id)
    waves = {wave.wave_number: wave for wave in get_waves(execution_id)}
    tokens = get_task_tokens(execution_id)
    cancelled = False
    for wave in waves.values():
        release = decide_release(wave, waves, execution)
        if release.kind is ReleaseKind.CANCEL:
            cancelled |= _cancel(wave, release, call.now)
        if release.kind is ReleaseKind.ASK:
            _ask(wave, call.now)
        elif release.kind is not ReleaseKind.WAIT and wave.wave_number in tokens:
            _answer(wave, tokens[wave.wave_number], _output(wave, waves, execution, release, call.now), call)
    return cancelled


def _answer(wave: WaveRun, token: str, output: dict[str, Any], call: CallContext) -> None:
    release_task(call.hub, token, output)
    forget_token(wave.execution_id, wave.wave_number, token)


def _output(
    wave: WaveRun, waves: dict[int, WaveRun], execution: Execution, release: Release, now: datetime
) -> dict[str, Any]:
    """What the state machine is told: START, after so many seconds, or CLOSED.

    ``next`` says the same to a wave that waits for an operator's decision, so that one answer fits every waiting task.
    """
    if release.kind is not ReleaseKind.START:
        return CLOSED
    due = ready_since(wave, waves, execution) + timedelta(seconds=wave.delay_seconds)
    remaining = max(0, round((due - now).total_seconds())) if wave.status in _BEFORE_START else 0
    return {"decision": "START", "delay_seconds": remaining, "next": "RETRY"}


def _cancel(wave: WaveRun, release: Release, now: datetime) -> bool:
    outcome = WaveOutcome(WaveStatus.CANCELLED, release.reason, wave.launched_count, wave.failed_count)
    message = f"Wave {wave.wave_number} '{wave.name}' is cancelled. {release.reason}"
    event = tell(
        wave.execution_id, now, EventKind.WAVE_ENDED, message, wave_number=wave.wave_number, status="CANCELLED"
    )
    return end_wave(wave.execution_id, wave.wave_number, outcome, event, ended_at=now)


def _ask(wave: WaveRun, now: datetime) -> None:
    message = f"Wave {wave.wave_number} '{wave.name}' may start, and needs an approval."
    event = tell(wave.execution_id, now, EventKind.APPROVAL_NEEDED, message, wave_number=wave.wave_number)
    ask_approval(wave.execution_id, wave.wave_number, event, at=now)
