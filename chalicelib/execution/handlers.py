"""Lists the handlers of the execution side."""

from ..operations import Side
from ..operations.handlers import operation_handlers, task_handlers
from .afterwards import cleanup, deletion, failback, termination
from .follow_up import followed_up
from .people import control, decisions
from .starts import drills, start
from .watch import watchdog
from .waves import ending, progress, waking, waves

OPERATION_HANDLERS = followed_up(
    operation_handlers(
        Side.EXECUTION,
        cleanup,
        decisions,
        deletion,
        drills,
        failback,
        control,
        start,
        termination,
        watchdog,
    )
)
TASK_HANDLERS = followed_up(task_handlers(Side.EXECUTION, ending, progress, waking, waves))
