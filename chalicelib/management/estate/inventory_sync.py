"""The sync of the source-server inventory: makes the rows of each place what DRS shows there."""

from datetime import datetime

from ...aws.reads.estate.source_servers import describe_source_servers
from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.inventory import RegionState, compare, complete_sighting, failed_sighting, region_state_of
from ...domain.estate.servers import SourceServer
from ...operations.declaration import Nothing
from ...operations.estate import SyncResult
from ...store.reads.estate.inventory import find_region_sighting, servers_of_place
from ...store.writes.estate.inventory import record_region, write_inventory
from .alerts import alert_stalled_servers
from .sync_frame import PlaceResult, Sync, run_sync


def handle_sync_source_server_inventory(_: Nothing, call: CallContext) -> SyncResult:
    """Brings the inventory up to date and records the run; writes only what changed."""
    return run_sync(_SYNC, call)


def _sync_place(account: TargetAccount, place: Place, call: CallContext) -> PlaceResult:
    """Makes the place's rows what DRS shows. A place that cannot be seen completely keeps its rows."""
    try:
        seen, state, reason = describe_source_servers(account, place.region), RegionState.ACTIVE, ""
    except DomainError as error:
        seen, state, reason = [], region_state_of(error), error.message
    if not state.is_complete:
        _record_failure(place, state, reason, call.now)
        return PlaceResult(place, failure=f"{state}: {reason}")
    return _store(place, state, seen, call)


def _store(place: Place, state: RegionState, seen: list[SourceServer], call: CallContext) -> PlaceResult:
    known = {server.source_server_id: server for server in servers_of_place(place)}
    change = compare(known, seen)
    alert_stalled_servers(place, known, change.write, call)
    write_inventory(place, change)
    record_region(complete_sighting(place, state, seen, call.now))
    return PlaceResult(place, len(seen), len(change.write), len(change.remove))


def _record_failure(place: Place, state: RegionState, reason: str, now: datetime) -> None:
    """Records why a place failed. Its rows stay, and so does the time at which they were last known to be true."""
    record_region(failed_sighting(find_region_sighting(place), place, state, reason, now))


_SYNC = Sync("source-server-inventory", "The inventory of source servers could not be read", _sync_place)
