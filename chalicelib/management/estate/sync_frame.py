"""The frame of every sync: runs it in each place, alerts about new failures and records the run."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import msgspec

from ...aws.reads.estate.regions import regions_with_drs
from ...domain.access.context import CallContext
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.inventory import RegionState
from ...domain.estate.syncs import SyncTally, shortened
from ...logs import logger
from ...operations.estate import SyncResult
from ...side_by_side import reason_of, try_each
from ...store.reads.estate.accounts import list_accounts
from ...store.writes.estate.syncs import begin_sync, end_sync
from .alerts import alert_failing_places

_PARALLEL = 16
_REASONS_CHARACTERS = 100_000
"""Of all failures of a run together, since an item of DynamoDB has 400 kB at most."""


class PlaceResult(msgspec.Struct, frozen=True):
    """The result of a sync in one place; ``failure`` is empty when the sync saw everything there."""

    place: Place
    seen: int = 0
    written: int = 0
    removed: int = 0
    failure: str = ""


class Sync(msgspec.Struct, frozen=True):
    """One kind of sync. ``kind`` is stored with each run; ``failing`` begins the alert: "… could not be read".

    ``sync_place`` returns a failure that it expects as a result; what it raises becomes the failure of its place.
    """

    kind: str
    failing: str
    sync_place: Callable[[TargetAccount, Place, CallContext], PlaceResult]


def run_sync(sync: Sync, call: CallContext) -> SyncResult:
    """Runs a sync in every Region of every target account, in parallel, and records the run.

    A place that fails stops no other. COMPLETED, PARTIAL when some places failed, FAILED when all did.
    """
    started_at = call.now
    begin_sync(sync.kind, started_at)
    return conclude_sync(sync, started_at, sync_places(sync, places_of(list_accounts()), call), call)


def places_of(accounts: Iterable[TargetAccount]) -> list[tuple[TargetAccount, Place]]:
    """Every place that a sync reads, with its account."""
    return [
        (account, Place(account.account_id, region))
        for account in accounts
        for region in account.regions or regions_with_drs()
    ]


def sync_places(sync: Sync, work: Sequence[tuple[TargetAccount, Place]], call: CallContext) -> SyncTally:
    """Runs a sync in some places, in parallel. A place that fails stops no other."""
    results = try_each(lambda pair: sync.sync_place(*pair, call), work, limit=_PARALLEL)
    done = [
        _unforeseen(sync.kind, place, result) if isinstance(result, Exception) else result
        for (_, place), result in zip(work, results, strict=True)
    ]
    return SyncTally(
        places=len(done),
        seen=sum(result.seen for result in done),
        written=sum(result.written for result in done),
        removed=sum(result.removed for result in done),
        failures={str(result.place): result.failure for result in done if result.failure},
    )


def conclude_sync(sync: Sync, started_at: datetime, tally: SyncTally, call: CallContext) -> SyncResult:
    """Alerts about places that fail now and did not before, and records the end of a run that was begun."""
    result = SyncResult(
        kind=sync.kind,
        outcome=tally.outcome,
        started_at=started_at,
        ended_at=call.now,
        seen=tally.seen,
        written=tally.written,
        removed=tally.removed,
        failures=shortened(tally.failures, _REASONS_CHARACTERS),
    )
    # Before the end is recorded, so that a crash in between alerts twice and not never.
    alert_failing_places(sync.kind, sync.failing, result.failures, call)
    end_sync(result)
    return result


def _unforeseen(kind: str, place: Place, error: Exception) -> PlaceResult:
    """The result of a place whose sync raised an error, for example because its rows could not be stored."""
    logger.error("sync of one place failed", exc_info=error, extra={"kind": kind, "place": str(place)})
    return PlaceResult(place, failure=f"{RegionState.FAILED}: {reason_of(error)}")
