"""The watchdog: checks each unfinished execution every minute and repairs it, or ends it with a reason.

DynamoDB is the source of truth: a state machine that was lost is started again under the next name and continues from
the records. Safe to repeat and to run twice at once. One broken execution never stops the others.
"""

from collections.abc import Iterator

import msgspec

from ...domain.access.context import CallContext
from ...domain.pages import MAX_PAGE
from ...domain.runs.records import ACTIVE_STATUSES, TERMINATING_QUEUE, Execution
from ...logs import logger
from ...operations.declaration import Nothing
from ...operations.runs import ListExecutions, WatchReport
from ...side_by_side import reason_of, try_each
from ...store.reads.afterwards.terminations import due_terminations
from ...store.reads.runs.execution_lists import list_executions
from ..afterwards import termination
from ..notices.notices import send_pending_notices
from . import repair
from .learning import learn_launch_times

_PARALLEL = 8


def watch_executions(_: Nothing, call: CallContext) -> WatchReport:
    """Checks all unfinished executions and all terminations in progress, once. Reports failures by id."""
    runs = list(_active())
    done = try_each(lambda run: repair.repair_execution(run, call), runs, limit=_PARALLEL)
    terminating = list(due_terminations(TERMINATING_QUEUE, call.now))
    driven = try_each(lambda item: termination.drive_termination(item, call), terminating, limit=_PARALLEL)
    failures: dict[str, str] = {}
    for execution_id, result in [
        *zip((run.execution_id for run in runs), done, strict=True),
        *zip(terminating, driven, strict=True),
    ]:
        if isinstance(result, Exception):
            logger.error("execution not watched", exc_info=result, extra={"execution_id": execution_id})
            failures[execution_id] = reason_of(result)
    actions = {
        run.execution_id: result for run, result in zip(runs, done, strict=True) if isinstance(result, str) and result
    }
    # For all executions, also ended ones; costs one query if there is nothing to send.
    send_pending_notices(None, call)
    report = WatchReport(
        watched=len(runs),
        terminating=len(terminating),
        learnt_jobs=learn_launch_times(call),
        actions=actions,
        failures=failures,
    )
    logger.info("watchdog round", extra={"report": msgspec.to_builtins(report)})
    return report


def _active() -> Iterator[Execution]:
    for status in ACTIVE_STATUSES:
        cursor: str | None = ""
        while cursor is not None:
            page = list_executions(ListExecutions(status=status, limit=MAX_PAGE, cursor=cursor))
            yield from page.items
            cursor = page.next_cursor
