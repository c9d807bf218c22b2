"""Judges a wave by its records: whether it is over, and with which outcome."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from ...domain.access.context import CallContext
from ...domain.estate.groups import Impact
from ...domain.launches.claims import common_word, idle_servers, last_words
from ...domain.launches.progress import WaveState
from ...domain.plans.plans import OnFailure
from ...domain.runs.events import EventKind
from ...domain.runs.outcomes import WaveOutcome, judge_wave
from ...domain.runs.records import Execution, ExecutionStatus, ServerRun, ServerStatus, WaveRun, WaveStatus, is_time_up
from ...operations.tasks import CompleteWaveTask
from ...store.reads.runs.executions import get_wave_jobs, get_wave_servers
from ...store.writes.runs.waves import end_wave, hold_wave
from ..notices.events import error_text, new_event
from ..steps.steps import judge_with_steps


class Judgement(StrEnum):
    """END the wave, or HOLD it for an operator's decision. GO_ON: it is not over. WAIT: it waits for its release."""

    END = "END"
    HOLD = "HOLD"
    GO_ON = "GO_ON"
    WAIT = "WAIT"


class Judged(msgspec.Struct, frozen=True):
    """What to do with a wave. ``outcome`` is given with END and HOLD, and None if HOLD was recorded before."""

    then: Judgement
    outcome: WaveOutcome | None = None
    stops: bool = False


def judge(execution: Execution, wave: WaveRun, task: CompleteWaveTask, now: datetime) -> Judged:
    """Judges a wave that is not final by its servers, jobs and steps, and by the reason given in the task.

    It is over when all its launches and steps are, when its time is up, when its execution was cancelled and has no
    open job of it, or when its orchestration failed.
    """
    if not task.error:
        if wave.status is WaveStatus.AWAITING_DECISION and execution.status.takes_decisions:
            return Judged(Judgement.HOLD)
        if wave.status.is_before_start:
            return Judged(Judgement.WAIT)
    jobs = get_wave_jobs(wave.execution_id, wave.wave_number)
    servers = get_wave_servers(wave.execution_id, wave.wave_number)
    idle = not any(job.is_open for job in jobs)
    cancelled = execution.status is ExecutionStatus.CANCELLING
    timed_out = is_time_up(wave, now) and execution.status is not ExecutionStatus.PAUSED
    complete = idle and all(run.status.is_final for run in servers) and task.status == WaveState.COMPLETED
    forced = bool(task.error) or timed_out or (idle and (cancelled or wave.status.is_over))
    if not complete and not forced:
        paused = idle and execution.status is ExecutionStatus.PAUSED
        return Judged(Judgement.WAIT if paused else Judgement.GO_ON)
    waiting = {run.source_server_id for run in idle_servers(servers, jobs)}
    end = ServerStatus.SKIPPED if cancelled else ServerStatus.FAILED
    closed = [msgspec.structs.replace(run, status=end) if run.source_server_id in waiting else run for run in servers]
    timed_out = timed_out and not complete and not cancelled
    outcome = _outcome(execution, wave, closed, timed_out=timed_out)
    if outcome.unfinished and not forced:
        return Judged(Judgement.GO_ON)
    outcome = _with_cause(outcome, wave, task, closed, cancelled=cancelled, timed_out=timed_out)
    if timed_out:
        unlaunched = [run for run in servers if run.source_server_id in waiting]
        words = last_words(unlaunched, jobs, attempt=wave.attempt, waiting=wave.waiting)
        outcome = msgspec.structs.replace(outcome, reason=f"{outcome.reason} {common_word(words)}".rstrip())
    failed = outcome.status in {WaveStatus.FAILED, WaveStatus.TIMED_OUT}
    held = failed and wave.on_failure is OnFailure.PAUSE and not task.error and execution.status.takes_decisions
    stops = failed and wave.on_failure is not OnFailure.CONTINUE
    return Judged(Judgement.HOLD if held else Judgement.END, outcome, stops)


def record_judgement(wave: WaveRun, judged: Judged, call: CallContext) -> bool:
    """Ends or holds the wave as judged. False if it, or its execution, has changed since it was read."""
    if judged.outcome is None:
        return True
    outcome = judged.outcome
    name = f"Wave {wave.wave_number} '{wave.name}'"
    if judged.then is Judgement.HOLD:
        message = f"{name} needs a decision. {outcome.reason}"
        event = new_event(wave.execution_id, call.now, EventKind.DECISION_NEEDED, message, wave_number=wave.wave_number)
        return hold_wave(wave, outcome, event)
    now = call.now
    event = new_event(
        wave.execution_id,
        now,
        EventKind.WAVE_ENDED,
        f"{name} is {outcome.status}. {outcome.reason}",
        wave_number=wave.wave_number,
        status=outcome.status.value,
    )
    stop_reason = f"{name} is {outcome.status}: {outcome.reason}" if judged.stops else ""
    return end_wave(wave, outcome, event, ended_at=now, stop_reason=stop_reason)


def _outcome(execution: Execution, wave: WaveRun, servers: Sequence[ServerRun], *, timed_out: bool) -> WaveOutcome:
    if wave.step_count:
        return judge_with_steps(execution, wave, servers, timed_out=timed_out)
    return judge_wave(servers, min_success_percent=wave.min_success_percent, timed_out=timed_out)


def _with_cause(
    outcome: WaveOutcome,
    wave: WaveRun,
    task: CompleteWaveTask,
    servers: Sequence[ServerRun],
    *,
    cancelled: bool,
    timed_out: bool,
) -> WaveOutcome:
    """The outcome, with the reason why the wave ended early if it did."""
    lost = any(run.status is ServerStatus.FAILED and run.impact is Impact.CRITICAL for run in servers)
    skipped = any(run.status is ServerStatus.SKIPPED for run in servers)
    if cancelled and not lost and (outcome.unfinished or skipped):
        reason = "The execution was cancelled before the wave was over."
        return msgspec.structs.replace(outcome, status=WaveStatus.CANCELLED, reason=reason)
    if outcome.status is WaveStatus.COMPLETED:
        return outcome
    if task.error:
        reason = f"The orchestration of the wave failed ({error_text(task.error)}). {outcome.reason}"
        return msgspec.structs.replace(outcome, reason=reason)
    if timed_out:
        reason = f"The wave reached its time limit of {wave.timeout_minutes} minutes. {outcome.reason}"
        return msgspec.structs.replace(outcome, reason=reason)
    return outcome
