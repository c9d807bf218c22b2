"""Reads the results of syncs."""

from collections.abc import Iterable
from datetime import UTC, datetime

from ....domain.estate.syncs import RUNNING, SyncKind, SyncOutcome, SyncRun
from ....domain.pages import Page
from ....operations.declaration import PageRequest
from ...paging import read_page
from ...tables.configuration import NEWEST_SYNCS, RUNNING_SYNCS, UniqueNameItem
from ...tables.estate import SyncRunItem

_LOOKED_AT = 20


def failures_of_last_sync(kind: str) -> dict[str, str]:
    """The failures of the newest sync of all accounts that has ended, by place; empty without a recent sync."""
    ended = find_last_ended_run(kind)
    return ended.failures if ended else {}


def find_last_ended_run(kind: str) -> SyncRun | None:
    """The newest run for all accounts that has ended, read consistently; None when there is no recent one."""
    newest = SyncRunItem.query(kind, scan_index_forward=False, limit=_LOOKED_AT, consistent_read=True)
    ended = (item for item in newest if item.outcome != RUNNING and not _account_of(item))
    return next((_run_of(item) for item in ended), None)


def list_sync_runs(kind: str, request: PageRequest) -> Page[SyncRun]:
    """One page of the runs of a kind, newest first."""
    return read_page(SyncRunItem, kind, request, _run_of, scan_index_forward=False)


def find_last_run(kind: str) -> SyncRun | None:
    """The newest run of a kind over all accounts; None when there is none among the newest runs."""
    newest = SyncRunItem.query(kind, scan_index_forward=False, limit=_LOOKED_AT)
    return next((_run_of(item) for item in newest if not _account_of(item)), None)


def find_newest_runs() -> dict[SyncKind, SyncRun]:
    """The newest run over all accounts of each kind that has one. Costs two requests.

    A kind of which no run has begun since this is recorded costs a query more, until the next sync of the inventory.
    """
    known = _newest_known()
    began = [(kind.value, began_at) for kind, began_at in known.items() if began_at]
    # Read consistently: of a run that has just begun, the record of the newest may be there before the run.
    found = {SyncKind(item.kind): _run_of(item) for item in SyncRunItem.batch_get(began, consistent_read=True)}
    for kind in _without(known):
        last = find_last_run(kind)
        found |= {kind: last} if last else {}
    return found


def kinds_without_newest() -> list[SyncKind]:
    """The kinds of which it is not recorded which run is the newest."""
    return _without(_newest_known())


def _newest_known() -> dict[SyncKind, datetime | None]:
    """When the newest run of each kind began, None for no run. Kinds that nothing is recorded of are left out."""
    items = UniqueNameItem.batch_get([(NEWEST_SYNCS, kind.value) for kind in SyncKind])
    return {SyncKind(item.name_key): datetime.fromisoformat(item.holder) if item.holder else None for item in items}


def _without(known: Iterable[SyncKind]) -> list[SyncKind]:
    return [kind for kind in SyncKind if kind not in set(known)]


def last_successes() -> dict[str, datetime]:
    """When the newest run over all accounts that has reached some places ended, by kind. Kinds without runs are absent.

    Costs two requests, and a query for each kind whose newest run has not succeeded.
    """
    newest = find_newest_runs()
    return {kind.value: _succeeded_at(run) or _last_success_at(kind) or run.started_at for kind, run in newest.items()}


def _succeeded_at(run: SyncRun) -> datetime | None:
    return run.ended_at if run.outcome in {SyncOutcome.COMPLETED, SyncOutcome.PARTIAL} else None


def _last_success_at(kind: str) -> datetime | None:
    """If none of the newest 20 runs has succeeded, the start of the oldest of them: the last success was before."""
    newest = SyncRunItem.query(kind, scan_index_forward=False, limit=_LOOKED_AT)
    runs = [_run_of(item) for item in newest if not _account_of(item)]
    ended = filter(None, map(_succeeded_at, runs))
    return next(ended, runs[-1].started_at if runs else None)


def running_since(kind: str) -> tuple[datetime, datetime] | None:
    """When the run of a kind that is going on has begun, and when it ends at the latest; None when none is."""
    try:
        item = UniqueNameItem.get(RUNNING_SYNCS, kind, consistent_read=True)
    except UniqueNameItem.DoesNotExist:
        return None
    return datetime.fromisoformat(str(item.holder)), datetime.fromtimestamp(int(item.expires_at or 0), UTC)


def _run_of(item: SyncRunItem) -> SyncRun:
    """The run of an item. Its end and its report are there once it has ended."""
    report = item.details
    return SyncRun(
        kind=item.kind,
        started_at=item.started_at,
        ended_at=item.ended_at,
        outcome=item.outcome,
        seen=report.get("seen", 0),
        written=report.get("written", 0),
        removed=report.get("removed", 0),
        failures=dict(report.get("failures", {})),
        duration_seconds=None if item.outcome == RUNNING else (item.ended_at - item.started_at).total_seconds(),
        account_id=_account_of(item),
    )


def _account_of(item: SyncRunItem) -> str:
    """The one account that the run has synced; empty for a run of all accounts."""
    return str(item.details.get("account_id", ""))
