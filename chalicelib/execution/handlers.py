"""Lists the handlers of the execution side. After each call waves are counted and notices are sent."""

from ..operations import Side
from ..operations.handlers import operation_handlers, task_handlers
from .afterwards import cleanup, deletion, failback, termination
from .notices.notify_after import with_notices
from .people import control, decisions
from .starts import drills, start
from .watch import watchdog
from .waves import ending, progress, waves
from .waves.counting import with_counts

OPERATION_HANDLERS = with_notices(
    with_counts(
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
)
TASK_HANDLERS = with_notices(with_counts(task_handlers(Side.EXECUTION, ending, progress, waves)))
