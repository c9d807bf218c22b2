"""Lists the handlers of the execution side; after each call the notices of its events are sent."""

from ..operations import Side
from ..operations.handlers import operation_handlers, task_handlers
from .afterwards import cleanup, deletion, failback, termination
from .notices.notify_after import with_notices
from .people import control, decisions
from .starts import drills, start
from .watch import watchdog
from .waves import ending, progress, waves

OPERATION_HANDLERS = with_notices(
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
TASK_HANDLERS = with_notices(task_handlers(Side.EXECUTION, ending, progress, waves))
