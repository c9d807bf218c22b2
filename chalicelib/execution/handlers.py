"""The functions of the execution side that serve operations and tasks, each followed by the notices of its events."""

from ..operations import Side
from ..operations.handlers import operation_handlers, task_handlers
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

OPERATION_HANDLERS = with_notices(
    operation_handlers(
        Side.EXECUTION,
        cleanup,
        decisions,
        deletion,
        drills,
        failback,
        interventions,
        start,
        termination,
        watchdog,
    )
)
TASK_HANDLERS = with_notices(task_handlers(Side.EXECUTION, ending, progress, waves))
