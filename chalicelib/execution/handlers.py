"""Which function of the execution side serves which operation and task."""

from collections.abc import Callable, Mapping
from typing import Any

from . import decisions, ending, interventions, progress, start, waves
from .notices import with_notices

_OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "start_execution": start.start_execution,
    "pause_execution": interventions.pause_execution,
    "resume_execution": interventions.resume_execution,
    "cancel_execution": interventions.cancel_execution,
    "approve_wave": decisions.approve_wave,
    "reject_wave": decisions.reject_wave,
    "retry_wave": decisions.retry_wave,
    "skip_wave": decisions.skip_wave,
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
