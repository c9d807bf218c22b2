"""The sync of the source-server inventory: every target account and Region, side by side, each on its own."""

from datetime import datetime

import msgspec

from ..aws.reads.drs import describe_source_servers
from ..aws.reads.regions import regions_with_drs
from ..domain.accounts import Place, TargetAccount
from ..domain.context import CallContext
from ..domain.errors import DomainError
from ..domain.inventory import RegionSighting, RegionState, compare, region_state_of
from ..domain.requests import Nothing
from ..domain.servers import SourceServer
from ..domain.views import SyncResult
from ..logs import logger
from ..parallel import try_each
from ..store.reads.accounts import list_accounts
from ..store.reads.inventory import find_region_sighting, servers_of_place
from ..store.writes.inventory import record_region, write_inventory
from ..store.writes.syncs import begin_sync, end_sync
from .alerts import tell_failing_places, tell_stalled_servers

KIND = "source-server-inventory"
_PARALLEL = 16


class _Scan(msgspec.Struct, frozen=True):
    """What the sync of one place came to; ``failure`` is empty when it saw everything there."""

    place: Place
    seen: int = 0
    written: int = 0
    removed: int = 0
    failure: str = ""


def handle_sync_source_server_inventory(_: Nothing, call: CallContext) -> SyncResult:
    """Brings the inventory up to date and records the run.

    A place that fails stops no other, and keeps its rows. Writes only what changed. COMPLETED, PARTIAL when some places
    failed, FAILED when all did.
    """
    started_at = call.now
    begin_sync(KIND, started_at)
    work = [(account, region) for account in list_accounts() for region in account.regions or regions_with_drs()]
    scans = [
        _failed(Place(account.account_id, region), result) if isinstance(result, Exception) else result
        for (account, region), result in zip(
            work, try_each(lambda pair: _sync_place(*pair, call), work, limit=_PARALLEL), strict=True
        )
    ]
    failures = {str(scan.place): scan.failure for scan in scans if scan.failure}
    result = SyncResult(
        kind=KIND,
        outcome="COMPLETED" if not failures else "PARTIAL" if len(failures) < len(scans) else "FAILED",
        started_at=started_at,
        ended_at=call.now,
        seen=sum(scan.seen for scan in scans),
        written=sum(scan.written for scan in scans),
        removed=sum(scan.removed for scan in scans),
        failures=failures,
    )
    tell_failing_places(KIND, failures, call)
    end_sync(result)
    return result


def _sync_place(account: TargetAccount, region: str, call: CallContext) -> _Scan:
    place = Place(account.account_id, region)
    try:
        seen, state, told = describe_source_servers(account, region), RegionState.ACTIVE, ""
    except DomainError as error:
        seen, state, told = [], region_state_of(error), error.message
    if not state.is_complete:
        _record_failure(place, state, told, call.now)
        return _Scan(place, failure=f"{state}: {told}")
    return _store(place, state, seen, call)


def _store(place: Place, state: RegionState, seen: list[SourceServer], call: CallContext) -> _Scan:
    known = {server.source_server_id: server for server in servers_of_place(place)}
    change = compare(known, seen)
    tell_stalled_servers(place, known, change.write, call)
    write_inventory(place, change)
    record_region(RegionSighting(place, state, len(seen), "", call.now))
    return _Scan(place, len(seen), len(change.write), len(change.remove))


def _record_failure(place: Place, state: RegionState, told: str, now: datetime) -> None:
    """The place's rows stay, and so does the moment at which they were last known to be true."""
    before = find_region_sighting(place)
    count, as_of = (before.server_count, before.synced_at) if before else (0, now)
    record_region(RegionSighting(place, state, count, told, as_of))


def _failed(place: Place, error: Exception) -> _Scan:
    """A place whose sync broke in a way nobody foresaw, or whose rows could not be stored."""
    logger.error("inventory sync of one place failed", exc_info=error, extra={"place": str(place)})
    return _Scan(place, failure=f"{RegionState.FAILED}: {error}")
