"""Deciding on one wave: approve, reject, retry, skip. Each records the decision first and releases waves by it after.

Safe to repeat: of two people who decide at once exactly one wins, and the other is told what was decided.
"""

from collections.abc import Callable
from datetime import timedelta

from ..domain.context import CallContext
from ..domain.errors import FieldProblem, IllegalTransition, InvalidRequest, NotPermitted, StateConflict
from ..domain.executions import Execution, ExecutionStatus, Mode, ServerRun, ServerStatus, WaveRun, WaveStatus
from ..domain.outcomes import WaveOutcome
from ..domain.requests import SkipWave, WaveDecision
from ..domain.views import Intervention
from ..store.reads.executions import get_execution, get_wave, get_wave_servers
from ..store.reads.plans import get_plan_version
from ..store.writes import waves as writes
from ..store.writes.retries import open_next_attempt
from ..store.writes.servers import close_servers
from .events import EventKind, tell
from .release import release_waves
from .steps import launched_but_unproven

_SKIPPABLE = {WaveStatus.NOT_STARTED, WaveStatus.AWAITING_APPROVAL, WaveStatus.AWAITING_DECISION}


def approve_wave(request: WaveDecision, call: CallContext) -> Intervention:
    """Lets a wave start. Raises RecordNotFound, IllegalTransition, and NotPermitted under the two-person rule."""
    execution, wave = _find(request.execution_id, request.wave_number)
    if not wave.approved_by:
        _require_second_person(execution, call)
        _require(wave, {WaveStatus.AWAITING_APPROVAL}, "approved")
    message = f"Wave {wave.wave_number} '{wave.name}' was approved by {call.principal.name}. {request.comment}".strip()
    event = tell(execution.execution_id, call.now, EventKind.WAVE_APPROVED, message, wave_number=wave.wave_number)
    changed = not wave.approved_by and writes.approve_wave(
        execution.execution_id,
        wave.wave_number,
        event,
        by=call.principal.name,
        comment=request.comment,
        at=call.now,
    )
    if not changed:
        _require_same_approver(request, call)
    paused = get_execution(execution.execution_id).status is ExecutionStatus.PAUSED
    statement = f"Wave {wave.wave_number} starts {'once the execution is resumed' if paused else 'now'}."
    if not changed:
        now = get_wave(execution.execution_id, wave.wave_number)
        statement = f"Wave {wave.wave_number} had been approved before; it is {now.status}."
    return _released(request.execution_id, call, changed, statement)


def reject_wave(request: WaveDecision, call: CallContext) -> Intervention:
    """Refuses a wave that awaits approval (CANCELLED), or gives up one that has failed (FAILED); no new wave starts."""
    _, wave = _find(request.execution_id, request.wave_number)
    awaiting = wave.status is WaveStatus.AWAITING_DECISION
    status = WaveStatus.FAILED if awaiting else WaveStatus.CANCELLED
    reason = f"Rejected by {call.principal.name}. {request.comment}".strip()
    allowed = {WaveStatus.AWAITING_APPROVAL, WaveStatus.AWAITING_DECISION}
    done = wave.status.is_final and wave.outcome_reason.startswith("Rejected by")
    if wave.approved_by and wave.status is WaveStatus.AWAITING_APPROVAL:
        raise IllegalTransition(
            f"Wave {wave.wave_number} was approved by {wave.approved_by} before and is about to start. "
            "Skip it, or cancel the execution, to keep it from that.",
            **{"from": wave.status.value, "waveNumber": wave.wave_number},
        )

    def record() -> bool:
        stop = f"Wave {wave.wave_number} '{wave.name}' was rejected. {reason}"
        return _end(wave, status, reason, EventKind.WAVE_REJECTED, call, stop_reason=stop)

    changed = not done and _recorded(wave, allowed, "rejected", record)
    statement = f"Wave {wave.wave_number} is {status}. No new wave starts; DRS jobs in progress run on to their end."
    return _released(request.execution_id, call, changed, statement)


def retry_wave(request: WaveDecision, call: CallContext) -> Intervention:
    """Launches the failed servers of a wave that awaits a decision, as its next attempt.

    A server whose instance runs and has failed a check is not launched again: its failed checks are.
    """
    execution, wave = _find(request.execution_id, request.wave_number)
    servers = get_wave_servers(execution.execution_id, wave.wave_number)
    failed = [run for run in servers if run.status is ServerStatus.FAILED]
    # Of very many servers a retry that died may have opened some.
    count = len(failed) + sum(run.status is ServerStatus.NOT_STARTED for run in servers)
    message = f"Wave {wave.wave_number} '{wave.name}' is tried again by {call.principal.name}: {count} server(s)."
    event = tell(
        execution.execution_id,
        call.now,
        EventKind.WAVE_RETRIED,
        f"{message} {request.comment}".strip(),
        wave_number=wave.wave_number,
    )

    def record() -> bool:
        unproven = launched_but_unproven(execution, wave)
        return open_next_attempt(
            wave,
            event,
            deadline_at=call.now + timedelta(minutes=wave.timeout_minutes),
            launch_again=[run for run in failed if run.source_server_id not in unproven],
            check_again=[run for run in failed if run.source_server_id in unproven],
        )

    under_way = wave.attempt > 1 and wave.status in {
        WaveStatus.QUEUED,
        WaveStatus.EXECUTING,
        WaveStatus.VALIDATING,
    }
    changed = not under_way and _recorded(wave, {WaveStatus.AWAITING_DECISION}, "tried again", record)
    statement = (
        f"Attempt {wave.attempt + changed} launches the failed servers only; those that launched stay as they are."
    )
    return _released(request.execution_id, call, changed, statement)


def skip_wave(request: SkipWave, call: CallContext) -> Intervention:
    """Passes over a wave that has not started or awaits a decision; the waves that depend on it may go."""
    if not request.reason.strip():
        raise InvalidRequest([FieldProblem("reason", "say why the wave is skipped")])
    execution, wave = _find(request.execution_id, request.wave_number)
    reason = f"Skipped by {call.principal.name}. {request.reason}"

    def record() -> bool:
        return _end(wave, WaveStatus.SKIPPED, reason, EventKind.WAVE_SKIPPED, call)

    changed = wave.status is not WaveStatus.SKIPPED and _recorded(wave, _SKIPPABLE, "skipped", record)
    # Of a wave that was skipped before too: whoever did may have died before this.
    close_servers(_never_launched(execution.execution_id, wave.wave_number), ServerStatus.SKIPPED, reason, call.now)
    statement = (
        f"Wave {wave.wave_number} is SKIPPED. The waves that depend on it start as soon as nothing else holds them."
    )
    return _released(request.execution_id, call, changed, statement)


def _find(execution_id: str, wave_number: int) -> tuple[Execution, WaveRun]:
    return get_execution(execution_id), get_wave(execution_id, wave_number)


def _never_launched(execution_id: str, wave_number: int) -> list[ServerRun]:
    servers = get_wave_servers(execution_id, wave_number)
    return [run for run in servers if run.status is ServerStatus.NOT_STARTED]


def _require_second_person(execution: Execution, call: CallContext) -> None:
    """The two-person rule holds for a RECOVERY of a plan that demands it; only verified users count as persons."""
    policy = get_plan_version(execution.plan_id, execution.plan_version).approval
    if execution.mode is not Mode.RECOVERY or not policy.two_person:
        return
    if not call.principal.verified:
        raise NotPermitted("This plan demands two persons: approve it as a signed-in user, by REST.")
    if call.principal.name == execution.initiated_by:
        raise NotPermitted("This plan demands two persons: whoever started the recovery cannot approve its waves.")


def _require_same_approver(request: WaveDecision, call: CallContext) -> None:
    wave = get_wave(request.execution_id, request.wave_number)
    if wave.approved_by != call.principal.name:
        raise StateConflict(
            f"Wave {wave.wave_number} was approved by {wave.approved_by} before.", approvedBy=wave.approved_by
        )


def _recorded(wave: WaveRun, allowed: set[WaveStatus], word: str, record: Callable[[], bool]) -> bool:
    """Records a decision. Raises IllegalTransition when the wave is in no state for it, now or by then."""
    _require(wave, allowed, word)
    if record():
        return True
    now = get_wave(wave.execution_id, wave.wave_number)
    approved = now.approved_by and not wave.approved_by
    told = f"was approved by {now.approved_by}" if approved else f"is {now.status}"
    raise IllegalTransition(
        f"Somebody else was faster: wave {wave.wave_number} {told} by now and was not {word}. Look at it again.",
        **{"from": now.status.value, "waveNumber": wave.wave_number},
    )


def _require(wave: WaveRun, allowed: set[WaveStatus], word: str) -> None:
    if wave.status not in allowed:
        told = " or ".join(sorted(allowed)) or "open"
        raise IllegalTransition(
            f"Wave {wave.wave_number} is {wave.status} and cannot be {word}; it would have to be {told}.",
            **{"from": wave.status.value, "waveNumber": wave.wave_number},
        )


def _end(
    wave: WaveRun, status: WaveStatus, reason: str, kind: EventKind, call: CallContext, *, stop_reason: str = ""
) -> bool:
    outcome = WaveOutcome(status, reason, wave.launched_count, wave.failed_count)
    message = f"Wave {wave.wave_number} '{wave.name}' is {status}. {reason}"
    event = tell(wave.execution_id, call.now, kind, message, wave_number=wave.wave_number, status=status.value)
    return writes.end_wave(
        wave.execution_id,
        wave.wave_number,
        outcome,
        event,
        ended_at=call.now,
        stop_reason=stop_reason,
        decided_on=wave,
    )


def _released(execution_id: str, call: CallContext, changed: bool, statement: str) -> Intervention:
    release_waves(execution_id, call)
    return Intervention(get_execution(execution_id), changed, statement)
