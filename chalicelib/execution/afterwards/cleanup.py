"""Cleans up drills by their plan's policy, and finishes deletions that a crash has interrupted.

The write that ends an execution also records when its clean-up is due, so a crash cannot leave instances behind.
"""

import msgspec

from ...domain.access.context import CallContext
from ...domain.runs.events import EventKind
from ...domain.runs.records import CLEANUP_QUEUE, DELETING_QUEUE, TERMINATING_QUEUE
from ...logs import logger
from ...operations.afterwards import CleanupReport
from ...operations.declaration import Nothing
from ...side_by_side import reason_of, try_each
from ...store.reads.afterwards.terminations import due_terminations
from ...store.reads.runs.executions import find_execution, get_execution
from ...store.writes.afterwards.deletion import remove_records
from . import termination

_PARALLEL = 8


def clean_up_drills(_: Nothing, call: CallContext) -> CleanupReport:
    """Begins terminations that are due, follows those in progress, and finishes deletions. Reports failures by id."""
    begun, following = (list(due_terminations(queue, call.now)) for queue in (CLEANUP_QUEUE, TERMINATING_QUEUE))
    deleting = list(due_terminations(DELETING_QUEUE, call.now))
    ids = [*begun, *following, *deleting]
    results = [
        *try_each(lambda item: _clean_up(item, call), begun, limit=_PARALLEL),
        *try_each(lambda item: termination.drive_termination(item, call), following, limit=_PARALLEL),
        *try_each(_remove, deleting, limit=_PARALLEL),
    ]
    failures: dict[str, str] = {}
    for execution_id, result in zip(ids, results, strict=True):
        if isinstance(result, Exception):
            logger.error("not cleaned up", exc_info=result, extra={"execution_id": execution_id})
            failures[execution_id] = reason_of(result)
    report = CleanupReport(begun=len(begun), followed=len(following), deleted=len(deleting), failures=failures)
    logger.info("clean-up round", extra={"report": msgspec.to_builtins(report)})
    return report


def _clean_up(execution_id: str, call: CallContext) -> None:
    message = "The instances of this drill are being terminated under its plan's clean-up policy."
    termination.begin_round(get_execution(execution_id), EventKind.CLEANUP_BEGUN, message, call)
    termination.drive_termination(execution_id, call)


def _remove(execution_id: str) -> None:
    """Finishes a deletion, or removes what a dead start left. Never removes an execution that exists."""
    if find_execution(execution_id) is None:
        remove_records(execution_id)
