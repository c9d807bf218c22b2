"""Writes the begin and the end of sync runs. A run that died stays visible as RUNNING."""

from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition

from ....operations.estate import SyncResult
from ...tables.estate import SyncRunItem

KEPT_FOR = timedelta(days=30)


def begin_sync(kind: str, started_at: datetime) -> None:
    """Records that a sync has begun. Raises PynamoDB's PutError when one of its kind began at the same time."""
    item = SyncRunItem(
        kind=kind,
        started_at=started_at,
        outcome="RUNNING",
        expires_at=int((started_at + KEPT_FOR).timestamp()),
    )
    item.save(condition=_run_is_new())


def end_sync(result: SyncResult) -> None:
    """Records the end of a sync that was begun."""
    details = {"seen": result.seen, "written": result.written, "removed": result.removed, "failures": result.failures}
    SyncRunItem(kind=result.kind, started_at=result.started_at).update(
        actions=[
            SyncRunItem.outcome.set(result.outcome),
            SyncRunItem.ended_at.set(result.ended_at),
            SyncRunItem.details.set(details),
        ],
        condition=_run_is_open(),
    )


def _run_is_new() -> Condition:
    return SyncRunItem.started_at.does_not_exist()


def _run_is_open() -> Condition:
    return SyncRunItem.outcome == "RUNNING"
