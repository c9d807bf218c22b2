"""Which function of the execution side serves which operation and task."""

from collections.abc import Callable, Mapping
from typing import Any

from . import (
    cleanup,
    decisions,
    deletion,
    drills,
    ending,
    failback,
    interventions,
    progress,
    start,
    termination,
    watchdog,
    waves,
)
from .telling import with_notices

_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "start_execution": start.start_execution,
    "pause_execution": interventions.pause_execution,
    "resume_execution": interventions.resume_execution,
    "cancel_execution": interventions.cancel_execution,
    "approve_wave": decisions.approve_wave,
    "reject_wave": decisions.reject_wave,
    "retry_wave": decisions.retry_wave,
    "skip_wave": decisions.skip_wave,
    "terminate_recovery_instances": termination.terminate_recovery_instances,
    "delete_execution": deletion.delete_execution,
    "delete_executions": deletion.delete_executions,
    "watch_executions": watchdog.watch_executions,
    "clean_up_drills": cleanup.clean_up_drills,
    "start_due_drills": drills.start_due_drills,
    "reverse_replication": failback.reverse_replication,
    "start_failback": failback.start_failback,
    "stop_failback": failback.stop_failback,
}

_TASKS: Mapping[str, Callable[..., Any]] = {
    "begin_execution": waves.begin_execution,
    "await_wave_release": waves.await_wave_release,
    "start_wave": waves.start_wave,
    "update_wave_completion_status": progress.update_wave_completion_status,
    "complete_wave": waves.complete_wave,
    "await_operator_decision": waves.await_operator_decision,
    "finalize_execution": ending.finalize_execution,
    "fail_execution": ending.fail_execution,
}

OPERATION_HANDLERS: Mapping[str, Callable[..., Any]] = with_notices(_OPERATIONS)
TASK_HANDLERS: Mapping[str, Callable[..., Any]] = with_notices(_TASKS)
