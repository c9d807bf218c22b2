"""Reads terminations: the executions whose instances are due, or that are being deleted, and the requests to DRS."""

from collections.abc import Iterator
from datetime import datetime

from ....domain.afterwards.termination_requests import TERMINATION_PREFIX, TerminationRequest
from ...tables.launches import TERMINATION_REQUESTS, JobRunItem
from ...tables.runs import ExecutionItem


def due_terminations(queue: str, now: datetime) -> Iterator[str]:
    """Ids of the executions in a queue that are due, oldest first; eventually consistent."""
    due = ExecutionItem.termination_due_at <= now
    return (str(item.execution_id) for item in ExecutionItem.by_termination_due.query(queue, due))


def get_termination_requests(execution_id: str) -> list[TerminationRequest]:
    """All requests to terminate instances of an execution in the order they were made, read consistently."""
    found = JobRunItem.query(execution_id, JobRunItem.job_run.startswith(TERMINATION_PREFIX), consistent_read=True)
    return [TERMINATION_REQUESTS.to_record(item) for item in found]
