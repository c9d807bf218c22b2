"""The frame of every sync: runs it in each place, alerts about new failures and records the run.

Two runs of one kind never go on at once, and a run ends before Lambda would end its function.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from ...aws.reads.estate.regions import regions_with_drs
from ...domain.access.context import CallContext
from ...domain.access.permissions import InvocationMode
from ...domain.errors import AlreadyRunning, DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.inventory import RegionState, region_state_of
from ...domain.estate.syncs import NOT_REACHED, SKIPPED, SyncTally, in_turn, shortened
from ...logs import logger
from ...operations.estate import SyncResult
from ...side_by_side import NotReached, reason_of, try_each_within
from ...store.reads.estate.accounts import list_accounts
from ...store.reads.estate.syncs import running_since
from ...store.writes.estate.syncs import begin_sync, end_sync
from .alerts import alert_failing_places
from .forgetting import forget_if_left_out

_PARALLEL = 16
_TO_CONCLUDE = timedelta(seconds=10)
"""What is left of the function's time for the alerts and the record of a run, whatever its places do."""

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

    A place that fails stops no other. COMPLETED, PARTIAL when some places failed, FAILED when all did. While another
    run of the kind goes on, a schedule gets SKIPPED, and for others AlreadyRunning is raised.
    """
    started_at = call.now
    if not begin_sync(sync.kind, started_at, call.deadline):
        return give_way(sync.kind, call)
    work = in_turn(places_of(list_accounts()), started_at)
    return conclude_sync(sync, started_at, sync_places(sync, work, call), call)


def skipped(kind: str, reason: str, call: CallContext) -> SyncResult:
    """The result of a scheduled run that did nothing, which is not recorded."""
    logger.info("sync skipped", extra={"kind": kind, "reason": reason})
    now = call.now
    return SyncResult(kind, SKIPPED, started_at=now, ended_at=now, seen=0, written=0, removed=0, reason=reason)


def has_time_left(call: CallContext) -> bool:
    """Whether the run still goes on. Asked before each write that others may see.

    Otherwise a place that was slow could write what it saw when its run, and the function, have long ended.
    """
    return call.now < call.deadline - _TO_CONCLUDE


def failure_of(error: DomainError) -> str:
    """The failure of a place whose account and Region answered with an error: its state and the reason."""
    return f"{region_state_of(error)}: {error.message}"


def give_way(kind: str, call: CallContext) -> SyncResult:
    """What a run does while another one of its kind goes on: a schedule skips, others get AlreadyRunning."""
    running = running_since(kind)
    since, until = running or (call.now, call.now)
    message = (
        f"A sync of the kind '{kind}' began at {since:%H:%M:%S} UTC and is still running. Nothing was done. "
        f"Wait until list_sync_runs shows its end, or until {until:%H:%M:%S} UTC at the latest."
    )
    if call.mode is InvocationMode.EVENTBRIDGE:
        return skipped(kind, message, call)
    raise AlreadyRunning(message, kind=kind, startedAt=since.isoformat(), endsBy=until.isoformat())


def places_of(accounts: Iterable[TargetAccount]) -> list[tuple[TargetAccount, Place]]:
    """Every place that a sync reads, with its account."""
    return [
        (account, Place(account.account_id, region))
        for account in accounts
        for region in account.regions or regions_with_drs()
    ]


def sync_places(sync: Sync, work: Sequence[tuple[TargetAccount, Place]], call: CallContext) -> SyncTally:
    """Runs a sync in some places, in parallel. A place that fails stops no other.

    Places that there is no time for are failures with the state NOT_REACHED.
    """
    seconds = (call.deadline - _TO_CONCLUDE - call.now).total_seconds()
    results = try_each_within(lambda pair: _sync_place(sync, *pair, call), work, limit=_PARALLEL, seconds=seconds)
    return tally_of(
        [
            _unforeseen(sync.kind, place, result) if isinstance(result, Exception) else result
            for (_, place), result in zip(work, results, strict=True)
        ]
    )


def _sync_place(sync: Sync, account: TargetAccount, place: Place, call: CallContext) -> PlaceResult:
    """The result of a place; of one that was removed meanwhile nothing remains, and nothing is reported."""
    try:
        result = sync.sync_place(account, place, call)
    finally:
        left_out = forget_if_left_out(place)
    return PlaceResult(place) if left_out else result


def tally_of(done: Sequence[PlaceResult]) -> SyncTally:
    """The sum of the results of some places."""
    return SyncTally(
        places=len(done),
        seen=sum(result.seen for result in done),
        written=sum(result.written for result in done),
        removed=sum(result.removed for result in done),
        failures={str(result.place): result.failure for result in done if result.failure},
    )


def conclude_sync(sync: Sync, started_at: datetime, tally: SyncTally, call: CallContext) -> SyncResult:
    """Alerts about places that fail now and did not before, and records the end of a run that was begun."""
    result = result_of(sync.kind, started_at, tally, call)
    # Before the end is recorded, so that a crash in between alerts twice and not never.
    alert_failing_places(sync.kind, sync.failing, result.failures, call)
    end_sync(result)
    return result


def result_of(kind: str, started_at: datetime, tally: SyncTally, call: CallContext) -> SyncResult:
    """The result of a run that ends now."""
    return SyncResult(
        kind=kind,
        outcome=tally.outcome,
        started_at=started_at,
        ended_at=call.now,
        seen=tally.seen,
        written=tally.written,
        removed=tally.removed,
        failures=shortened(tally.failures, _REASONS_CHARACTERS),
    )


def _unforeseen(kind: str, place: Place, error: Exception) -> PlaceResult:
    """The result of a place whose sync did not end, or raised an error, for example because rows were not stored."""
    if isinstance(error, NotReached):
        return PlaceResult(
            place, failure=f"{NOT_REACHED}: In this run {error.why}. The next run begins with another place."
        )
    logger.error("sync of one place failed", exc_info=error, extra={"kind": kind, "place": str(place)})
    return PlaceResult(place, failure=f"{RegionState.FAILED}: {reason_of(error)}")
