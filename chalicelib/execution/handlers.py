"""Which function of the execution side serves which operation and task."""

from collections.abc import Callable, Mapping
from typing import Any

from . import ending, progress, start, waves

OPERATION_HANDLERS: Mapping[str, Callable[..., Any]] = {
    "start_execution": start.start_execution,
}

TASK_HANDLERS: Mapping[str, Callable[..., Any]] = {
    "begin_execution": waves.begin_execution,
    "await_wave_release": waves.await_wave_release,
    "start_wave": waves.start_wave,
    "update_wave_completion_status": progress.update_wave_completion_status,
    "complete_wave": waves.complete_wave,
    "await_operator_decision": waves.await_operator_decision,
    "finalize_execution": ending.finalize_execution,
    "fail_execution": ending.fail_execution,
}
