"""Repairs one execution: enforces its limits, restarts a lost state machine, ends what cannot go on."""

from datetime import timedelta

from ...aws.actions.runs.workflow import start_workflow, stop_workflow
from ...aws.reads.runs.workflow import look_at_workflow
from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.runs.events import EventKind
from ...domain.runs.records import Execution, ExecutionStatus, WaveRun
from ...domain.runs.watch import (
    WatchDecision,
    WatchVerdict,
    WorkflowState,
    decide_watch,
    is_over_time,
    overdue_approval,
    workflow_name,
)
from ...logs import Counted, count, logger
from ...operations.tasks import FailExecutionTask
from ...store.reads.plans.plans import get_plan_version
from ...store.reads.runs.executions import get_execution, get_task_tokens, get_waves
from ...store.writes.runs.executions import move_execution
from ...store.writes.runs.watch import count_workflow_run
from ..notices.events import new_event
from ..waves import ending
from ..waves.following import close_idle_servers, follow_jobs
from ..waves.release import release_waves


def repair_execution(listed: Execution, call: CallContext) -> str:
    """Repairs one execution. Returns what was done in a few words, or nothing if nothing had to be. Safe to repeat."""
    execution = get_execution(listed.execution_id)
    if execution.status.is_final:
        return ""
    done = _enforce_limits(execution, call)
    execution = get_execution(listed.execution_id)
    waves = _waves(execution)
    state = look_at_workflow(call.hub, execution.execution_id, execution.workflow_run)
    decision = decide_watch(execution, waves, get_task_tokens(execution.execution_id), state, call.now)
    # Last, because it also releases waves whose release was lost in a crash.
    done += _act(execution, decision, state, call)
    if decision.verdict is WatchVerdict.GO_ON:
        _follow_judged_waves(execution, call)
        release_waves(execution.execution_id, call)
    return done


def _follow_judged_waves(execution: Execution, call: CallContext) -> None:
    """Follows DRS jobs that are still open although their wave was judged, whatever the state machine does."""
    judged = {wave.wave_number: wave for wave in get_waves(execution.execution_id) if wave.status.is_over}
    follow_jobs(execution, call, waves=judged)
    for wave in judged.values():
        close_idle_servers(wave, call.now)


def _act(execution: Execution, decision: WatchDecision, state: WorkflowState, call: CallContext) -> str:
    match decision.verdict:
        case WatchVerdict.START:
            start_workflow(call.hub, execution.execution_id, execution.plan_id, run=execution.workflow_run)
        case WatchVerdict.RESTART:
            _restart(execution, decision.reason, state, call)
        case WatchVerdict.END:
            _stop(execution, decision.reason, state, call)
            error = {"Error": "GivenUp", "Cause": decision.reason}
            ending.fail_execution(FailExecutionTask(execution_id=execution.execution_id, error=error), call)
        case WatchVerdict.GO_ON:
            return ""
    count(Counted.RESTARTED_RUNS)
    return f"{decision.verdict}: {decision.reason}"


def _stop(execution: Execution, reason: str, state: WorkflowState, call: CallContext) -> None:
    """Stops the running state machine. If that fails, the repair still goes on.

    Two runs at once do no harm, since each task decides by the records.
    """
    if state is not WorkflowState.RUNNING:
        return
    try:
        stop_workflow(call.hub, execution.execution_id, execution.workflow_run, reason)
    except DomainError as error:
        details = {"execution_id": execution.execution_id, "reason": error.message}
        logger.warning("state machine not stopped", extra=details)


def _restart(execution: Execution, reason: str, state: WorkflowState, call: CallContext) -> None:
    """Starts the next run. It is recorded first, so that the next round finds it missing if this call dies."""
    _stop(execution, reason, state, call)
    following = execution.workflow_run + 1
    message = f"{reason} It is started again as {workflow_name(execution.execution_id, following)}."
    event = new_event(execution.execution_id, call.now, EventKind.WORKFLOW_RESTARTED, message)
    if count_workflow_run(execution, event):
        start_workflow(call.hub, execution.execution_id, execution.plan_id, run=following)


def _enforce_limits(execution: Execution, call: CallContext) -> str:
    """Ends what has run for too long, and pauses what has waited too long for an approval."""
    if is_over_time(execution, call.now):
        message = "The execution reached its time limit. Nothing new starts; running DRS jobs run to their end."
        event = new_event(execution.execution_id, call.now, EventKind.EXECUTION_TIMED_OUT, message)
        move_execution(execution.execution_id, ExecutionStatus.CANCELLING, event, timed_out_at=call.now)
        release_waves(execution.execution_id, call)
        return "TIMED_OUT "
    policy = get_plan_version(execution.plan_id, execution.plan_version).approval
    wave = overdue_approval(execution, _waves(execution), timedelta(minutes=policy.timeout_minutes), call.now)
    if wave is None:
        return ""
    message = (
        f"Wave {wave.wave_number} '{wave.name}' was not approved within {policy.timeout_minutes} minutes, "
        "so the execution is paused. Approve or reject the wave, then resume the execution."
    )
    event = new_event(
        execution.execution_id, call.now, EventKind.EXECUTION_PAUSED, message, cause=EventKind.APPROVAL_TIMED_OUT.value
    )
    move_execution(execution.execution_id, ExecutionStatus.PAUSED, event)
    return "PAUSED "


def _waves(execution: Execution) -> dict[int, WaveRun]:
    return {wave.wave_number: wave for wave in get_waves(execution.execution_id)}
