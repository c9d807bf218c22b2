"""Writes the begin and the end of sync runs. A run that died stays visible as RUNNING."""

from datetime import datetime, timedelta

from pynamodb.exceptions import DeleteError, PutError, UpdateError
from pynamodb.expressions.condition import Condition

from ....operations.estate import SyncResult
from ...failures import condition_failed
from ...tables.configuration import NEWEST_SYNCS, RUNNING_SYNCS, UniqueNameItem
from ...tables.estate import SyncRunItem
from ...transactions import ConditionFailed, Transaction, commit_all, committed

KEPT_FOR = timedelta(days=30)


def begin_sync(kind: str, started_at: datetime, ends_by: datetime) -> bool:
    """Records that a sync of all accounts has begun; False when a run of its kind is going on.

    A run counts as going on until its end is recorded, or until ``ends_by`` if it dies. It is the newest of its kind
    until the next one begins: ends are written to the run alone.
    """
    run = _begun(kind, started_at)
    running = UniqueNameItem(
        scope=RUNNING_SYNCS, name_key=kind, holder=started_at.isoformat(), expires_at=int(ends_by.timestamp()) + 1
    )

    def begin(transaction: Transaction) -> None:
        transaction.save(run, condition=_run_is_new())
        transaction.save(running, condition=_none_is_running(started_at))

    def is_newest(transaction: Transaction) -> None:
        transaction.save(_newest(kind, started_at), condition=_no_later_is_known(started_at), label=NEWEST_SYNCS)

    try:
        commit_all([begin, is_newest])
    except ConditionFailed as failed:
        # The clock of an earlier run may have been ahead. Its run stays the newest, as it is in the list of runs.
        return failed.labels == {NEWEST_SYNCS} and committed(begin)
    return True


def complete_newest(kind: str, started_at: datetime | None) -> bool:
    """Records which run of a kind is the newest, None for no run; False when that is recorded already."""
    condition = UniqueNameItem.name_key.does_not_exist()
    return committed(lambda transaction: transaction.save(_newest(kind, started_at), condition=condition))


def _newest(kind: str, started_at: datetime | None) -> UniqueNameItem:
    holder = started_at.isoformat() if started_at else None
    return UniqueNameItem(scope=NEWEST_SYNCS, name_key=kind, holder=holder)


def begin_sync_of_account(kind: str, account_id: str, started_at: datetime) -> bool:
    """Records that a sync of one account has begun, which may go on beside others; False when that time is taken."""
    try:
        _begun(kind, started_at, account_id=account_id).save(condition=_run_is_new())
    except PutError as error:
        if condition_failed(error):
            return False
        raise
    return True


def _begun(kind: str, started_at: datetime, **details: str) -> SyncRunItem:
    expires_at = int((started_at + KEPT_FOR).timestamp())
    return SyncRunItem(kind=kind, started_at=started_at, outcome="RUNNING", details=details, expires_at=expires_at)


def end_sync(result: SyncResult) -> None:
    """Records the end of a sync that was begun, so that the next one of its kind may begin.

    A repeated record changes nothing.
    """
    details = {"seen": result.seen, "written": result.written, "removed": result.removed, "failures": result.failures}
    if result.account_id:
        details["account_id"] = result.account_id
    try:
        SyncRunItem(kind=result.kind, started_at=result.started_at).update(
            actions=[
                SyncRunItem.outcome.set(result.outcome),
                SyncRunItem.ended_at.set(result.ended_at),
                SyncRunItem.details.set(details),
            ],
            condition=_run_is_open(),
        )
    except UpdateError as error:
        if not condition_failed(error):
            raise
    running = UniqueNameItem(scope=RUNNING_SYNCS, name_key=result.kind)
    try:
        running.delete(condition=_is_this_run(result.started_at))
    except DeleteError as error:
        if not condition_failed(error):
            raise


def _run_is_new() -> Condition:
    return SyncRunItem.started_at.does_not_exist()


def _none_is_running(now: datetime) -> Condition:
    condition: Condition = UniqueNameItem.name_key.does_not_exist() | (UniqueNameItem.expires_at < int(now.timestamp()))
    return condition


def _no_later_is_known(started_at: datetime) -> Condition:
    condition: Condition = UniqueNameItem.holder.does_not_exist() | (UniqueNameItem.holder < started_at.isoformat())
    return condition


def _run_is_open() -> Condition:
    return SyncRunItem.outcome == "RUNNING"


def _is_this_run(started_at: datetime) -> Condition:
    return UniqueNameItem.holder == started_at.isoformat()
