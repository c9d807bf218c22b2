"""Reads which executions have terminations or deletions that are due, from their sparse index."""

from collections.abc import Iterator
from datetime import datetime

from ....domain.runs.records import JobRun
from ...tables.runs import JOB_RUNS, ExecutionItem, JobRunItem


def due_terminations(queue: str, now: datetime) -> Iterator[str]:
    """Ids of the executions in a queue that are due, oldest first; eventually consistent."""
    due = ExecutionItem.termination_due_at <= now
    return (str(item.execution_id) for item in ExecutionItem.by_termination_due.query(queue, due))


def get_all_jobs(execution_id: str) -> list[JobRun]:
    """All launch and termination requests of an execution, read consistently."""
    return [JOB_RUNS.to_record(item) for item in JobRunItem.query(execution_id, consistent_read=True)]
