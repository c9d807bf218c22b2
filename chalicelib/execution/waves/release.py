"""Releases waves that may start and cancels those that never will, at once and without polling."""

from datetime import datetime
from typing import Any

import msgspec

from ...aws.actions.runs.workflow import release_task
from ...domain.access.context import CallContext
from ...domain.runs.events import EventKind
from ...domain.runs.outcomes import WaveOutcome
from ...domain.runs.records import WaveRun, WaveStatus
from ...domain.runs.release import Release, ReleaseKind, decide_release
from ...store.reads.runs.executions import TaskToken, get_execution, get_task_tokens, get_waves
from ...store.writes.runs.waves import end_wave, forget_token, request_approval
from ..notices.events import new_event
from .following import close_idle_servers

CLOSED = {"decision": "CLOSED", "delay_seconds": 0, "next": "DONE"}
"""The output of a waiting task whose wave is over."""


def release_waves(execution_id: str, call: CallContext) -> None:
    """Releases or cancels each waiting wave for which that is decided now.

    Safe to repeat and to run twice at once: Step Functions accepts one output for each token, and ``start_wave``
    decides again. Cancelling a wave may cancel those that depend on it, so this goes on until nothing changes.
    """
    while _release_once(execution_id, call):
        continue


def _release_once(execution_id: str, call: CallContext) -> bool:
    execution = get_execution(execution_id)
    waves = {wave.wave_number: wave for wave in get_waves(execution_id)}
    tokens = get_task_tokens(execution_id)
    look_again = False
    for wave in waves.values():
        release = decide_release(wave, waves, execution, call.now)
        token = tokens.get(wave.wave_number)
        if release.kind is ReleaseKind.CANCEL:
            _cancel(wave, release, call.now)
            look_again = True
        elif release.kind is ReleaseKind.ASK:
            _ask(wave, call.now)
        elif token is not None and _answers(release, token):
            release_task(call.hub, token.text, _output(release))
            forget_token(execution_id, wave.wave_number, token.text)
    return look_again


def _answers(release: Release, token: TaskToken) -> bool:
    """Whether the wait of this token is over. A timed wait, for the wave's delay, goes on while the delay does."""
    if release.kind is ReleaseKind.DELAY:
        return not token.timed
    return release.kind in {ReleaseKind.START, ReleaseKind.CLOSED}


def _output(release: Release) -> dict[str, Any]:
    """The output of the waiting task: START, DELAY with the seconds that are left, or CLOSED.

    ``next`` says the same to a wave that waits for an operator's decision, so that one output fits every waiting task.
    """
    if release.kind is ReleaseKind.CLOSED:
        return CLOSED
    return {"decision": release.kind.value, "delay_seconds": release.delay_seconds, "next": "RETRY"}


def _cancel(wave: WaveRun, release: Release, now: datetime) -> None:
    """Ends a wave that can never start or be decided on any more, if it is still as it was read."""
    awaited = wave.status is WaveStatus.AWAITING_DECISION
    status = WaveStatus.FAILED if awaited else WaveStatus.CANCELLED
    reason = f"{wave.outcome_reason} {release.reason}" if awaited else release.reason
    outcome = WaveOutcome(status, reason, wave.launched_count, wave.failed_count)
    verb = "has failed" if awaited else "is cancelled"
    message = f"Wave {wave.wave_number} '{wave.name}' {verb}. {reason}"
    event = new_event(
        wave.execution_id, now, EventKind.WAVE_ENDED, message, wave_number=wave.wave_number, status=status.value
    )
    if end_wave(wave, outcome, event, ended_at=now):
        close_idle_servers(msgspec.structs.replace(wave, status=status, outcome_reason=reason), now)


def _ask(wave: WaveRun, now: datetime) -> None:
    message = f"Wave {wave.wave_number} '{wave.name}' is ready to start and needs an approval."
    event = new_event(wave.execution_id, now, EventKind.APPROVAL_NEEDED, message, wave_number=wave.wave_number)
    request_approval(wave.execution_id, wave.wave_number, event, at=now)
