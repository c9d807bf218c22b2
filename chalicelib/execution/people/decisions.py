"""Decisions on one wave: approve, reject, retry, skip. Each is recorded first, and then waves are released.

Safe to repeat. Of two people who decide at once exactly one succeeds, and the other's error says what was decided.
"""

from collections.abc import Callable, Container
from datetime import timedelta

from ...domain.access.context import CallContext
from ...domain.access.two_persons import Act, Consent, is_same_caller
from ...domain.errors import FieldProblem, IllegalTransition, InvalidRequest, StateConflict
from ...domain.runs.events import EventKind
from ...domain.runs.interventions import (
    APPROVABLE,
    REJECTABLE,
    RETRYABLE,
    SKIPPABLE,
    AttemptWork,
    describe_approval,
    describe_attempt,
    describe_rejection,
    describe_skip,
    describe_work,
    require_run,
    require_unapproved,
    require_wave,
    status_after_rejection,
)
from ...domain.runs.outcomes import WaveOutcome
from ...domain.runs.records import Execution, ServerStatus, WaveRun, WaveStatus
from ...operations.runs import Intervention, SkipWave, WaveDecision
from ...store.reads.runs.executions import get_execution, get_wave, get_wave_servers, get_waves
from ...store.writes.runs import waves as writes
from ...store.writes.runs.retries import open_next_attempt
from ..notices.events import new_event
from ..steps.steps import launched_but_unproven
from ..waves.following import close_idle_servers
from ..waves.late_launches import record_launched_meanwhile
from ..waves.release import release_waves
from .gates import ask_about_decider, consent_to, require_consent_to_skip


def approve_wave(request: WaveDecision, call: CallContext) -> Intervention:
    """Lets a wave start. Raises RecordNotFound, IllegalTransition, and NotPermitted under the two-person rule.

    Where two persons have to approve, the approval of the first one is recorded, and the wave goes on waiting.
    """
    execution, wave = _find(request.execution_id, request.wave_number)
    changed = False
    if not wave.approved_by:
        require_wave(wave, APPROVABLE, "approved")
        require_run(execution, wave, "approved")
        note = ask_about_decider(execution, call)
        consent = consent_to(Act.APPROVE, execution, wave, call)
        if consent is not Consent.GRANTED:
            return _half_approved(request, consent is Consent.FIRST)
        changed = _record_approval(request, wave, note, call)
    if not changed:
        _require_same_approver(request, call)
    release_waves(request.execution_id, call)
    return Intervention(get_execution(request.execution_id), changed, _approval_statement(request, changed, call))


def _record_approval(request: WaveDecision, wave: WaveRun, note: str, call: CallContext) -> bool:
    second = " as the second person" if wave.first_person and wave.first_person.act is Act.APPROVE else ""
    by = f"{call.principal.name}{second}"
    message = f"Wave {wave.wave_number} '{wave.name}' was approved by {by}. {request.comment}".strip() + note
    event = new_event(wave.execution_id, call.now, EventKind.WAVE_APPROVED, message, wave_number=wave.wave_number)
    return writes.approve_wave(
        wave.execution_id, wave.wave_number, event, by=call.principal, comment=request.comment, at=call.now
    )


def _half_approved(request: WaveDecision, changed: bool) -> Intervention:
    statement = (
        f"Your approval of wave {request.wave_number} is recorded as the first of two, because this recovery was not "
        "started by a signed-in person. Nothing starts until someone else approves the wave as well."
    )
    return Intervention(get_execution(request.execution_id), changed, statement)


def _approval_statement(request: WaveDecision, changed: bool, call: CallContext) -> str:
    """What happens to the wave now that it is approved."""
    execution = get_execution(request.execution_id)
    waves = {wave.wave_number: wave for wave in get_waves(request.execution_id)}
    wave = waves[request.wave_number]
    if not changed:
        return f"Wave {wave.wave_number} was already approved. It is {wave.status}."
    return describe_approval(wave, waves, execution, call.now)


def reject_wave(request: WaveDecision, call: CallContext) -> Intervention:
    """Ends a wave that awaits approval (CANCELLED) or a decision (FAILED). No new wave starts after that."""
    execution, wave = _find(request.execution_id, request.wave_number)
    status = status_after_rejection(wave)
    reason = f"Rejected by {call.principal.name}. {request.comment}".strip()
    done = wave.status.is_final and wave.outcome_reason.startswith("Rejected by")
    if not done and wave.status in REJECTABLE:
        require_run(execution, wave, "rejected")
    require_unapproved(wave)

    def record() -> bool:
        stop = f"Wave {wave.wave_number} '{wave.name}' was rejected. {reason}"
        return _end(wave, status, reason, EventKind.WAVE_REJECTED, call, stop_reason=stop)

    changed = not done and _recorded(wave, REJECTABLE, "rejected", record)
    statement = describe_rejection(wave, status if changed else wave.status)
    return _released(request.execution_id, call, changed, statement)


def retry_wave(request: WaveDecision, call: CallContext) -> Intervention:
    """Launches the failed servers of a wave that awaits a decision, as its next attempt.

    DRS is checked first: a server that has launched since is recorded as LAUNCHED, and one whose launch is still
    running is not launched again. For a server whose instance runs but failed a check, only the failed checks are
    repeated. Raises RecordNotFound, IllegalTransition, and CloudError or Unavailable if DRS cannot be checked.
    """
    execution, wave = _find(request.execution_id, request.wave_number)
    under_way = wave.attempt > 1 and wave.status.is_running
    if under_way:
        return _released(request.execution_id, call, False, f"Attempt {wave.attempt} is already in progress.")
    require_wave(wave, RETRYABLE, "retried")
    require_run(execution, wave, "retried")
    unproven = launched_but_unproven(execution, wave)
    record_launched_meanwhile(execution, wave, unproven, call)
    servers = get_wave_servers(execution.execution_id, wave.wave_number)
    failed = [run for run in servers if run.status is ServerStatus.FAILED]
    launch_again = [run for run in failed if run.source_server_id not in unproven]
    check_again = [run for run in failed if run.source_server_id in unproven]
    # With very many servers, an earlier retry may have died after it had opened some of them.
    count = len(launch_again) + sum(run.status is ServerStatus.NOT_STARTED for run in servers)
    launching = sum(run.status is ServerStatus.LAUNCHING for run in servers)
    work = AttemptWork(count, len(check_again), launching)
    message = f"Wave {wave.wave_number} '{wave.name}' is retried by {call.principal.name}: {describe_work(work)}."
    event = new_event(
        execution.execution_id,
        call.now,
        EventKind.WAVE_RETRIED,
        f"{message} {request.comment}".strip(),
        wave_number=wave.wave_number,
    )

    def record() -> bool:
        return open_next_attempt(
            wave,
            event,
            deadline_at=call.now + timedelta(minutes=wave.timeout_minutes),
            launch_again=launch_again,
            check_again=check_again,
        )

    changed = _recorded(wave, RETRYABLE, "retried", record)
    statement = describe_attempt(wave, get_execution(request.execution_id), work)
    return _released(request.execution_id, call, changed, statement)


def skip_wave(request: SkipWave, call: CallContext) -> Intervention:
    """Skips a wave that has not started or awaits a decision. The waves that depend on it may start.

    A wave whose approval nobody has given is skipped only by those who could approve it.
    """
    if not request.reason.strip():
        raise InvalidRequest([FieldProblem("reason", "say why the wave is skipped")])
    execution, wave = _find(request.execution_id, request.wave_number)
    reason = f"Skipped by {call.principal.name}. {request.reason}"
    skipped_before = wave.status is WaveStatus.SKIPPED
    if not skipped_before:
        require_wave(wave, SKIPPABLE, "skipped")
        require_run(execution, wave, "skipped")
        reason += require_consent_to_skip(execution, wave, call)

    def record() -> bool:
        return _end(wave, WaveStatus.SKIPPED, reason, EventKind.WAVE_SKIPPED, call)

    changed = not skipped_before and _recorded(wave, SKIPPABLE, "skipped", record)
    # Also for a wave that was skipped before: the call that skipped it may have died before this.
    close_idle_servers(get_wave(execution.execution_id, wave.wave_number), call.now)
    return _released(request.execution_id, call, changed, describe_skip(wave))


def _find(execution_id: str, wave_number: int) -> tuple[Execution, WaveRun]:
    return get_execution(execution_id), get_wave(execution_id, wave_number)


def _require_same_approver(request: WaveDecision, call: CallContext) -> None:
    wave = get_wave(request.execution_id, request.wave_number)
    if not is_same_caller(wave.approved_by_subject, wave.approved_by, call.principal):
        raise StateConflict(
            f"Wave {wave.wave_number} was already approved by {wave.approved_by}.", approvedBy=wave.approved_by
        )


def _recorded(wave: WaveRun, allowed: Container[WaveStatus], word: str, record: Callable[[], bool]) -> bool:
    """Records a decision. Raises IllegalTransition if the wave is not, or no longer, in a state that allows it."""
    require_wave(wave, allowed, word)
    if record():
        return True
    now = get_wave(wave.execution_id, wave.wave_number)
    approved = now.approved_by and not wave.approved_by
    change = f"was approved by {now.approved_by}" if approved else f"is now {now.status}"
    raise IllegalTransition(
        f"Wave {wave.wave_number} was changed by someone else: it {change} and was not {word}. "
        "Reload it before you decide.",
        **{"from": now.status.value, "waveNumber": wave.wave_number},
    )


def _end(
    wave: WaveRun, status: WaveStatus, reason: str, kind: EventKind, call: CallContext, *, stop_reason: str = ""
) -> bool:
    outcome = WaveOutcome(status, reason, wave.launched_count, wave.failed_count)
    message = f"Wave {wave.wave_number} '{wave.name}' is {status}. {reason}"
    event = new_event(wave.execution_id, call.now, kind, message, wave_number=wave.wave_number, status=status.value)
    return writes.end_wave(wave, outcome, event, ended_at=call.now, stop_reason=stop_reason)


def _released(execution_id: str, call: CallContext, changed: bool, statement: str) -> Intervention:
    release_waves(execution_id, call)
    return Intervention(get_execution(execution_id), changed, statement)
