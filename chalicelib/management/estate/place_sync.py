"""The sync of one place's source servers: one target account in one Region."""

from datetime import datetime

import msgspec

from ...aws.reads.estate.source_servers import describe_source_servers
from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.inventory import RegionSighting, RegionState, compare, region_state_of
from ...domain.estate.servers import SourceServer
from ...logs import logger
from ...store.reads.estate.inventory import find_region_sighting, servers_of_place
from ...store.writes.estate.inventory import record_region, write_inventory
from .alerts import tell_stalled_servers


class PlaceScan(msgspec.Struct, frozen=True):
    """What the sync of one place came to; ``failure`` is empty when it saw everything there."""

    place: Place
    seen: int = 0
    written: int = 0
    removed: int = 0
    failure: str = ""


def sync_place(account: TargetAccount, region: str, call: CallContext) -> PlaceScan:
    """Makes the place's rows what DRS shows. A place that cannot be seen whole keeps its rows."""
    place = Place(account.account_id, region)
    try:
        seen, state, told = describe_source_servers(account, region), RegionState.ACTIVE, ""
    except DomainError as error:
        seen, state, told = [], region_state_of(error), error.message
    if not state.is_complete:
        _record_failure(place, state, told, call.now)
        return PlaceScan(place, failure=f"{state}: {told}")
    return _store(place, state, seen, call)


def _store(place: Place, state: RegionState, seen: list[SourceServer], call: CallContext) -> PlaceScan:
    known = {server.source_server_id: server for server in servers_of_place(place)}
    change = compare(known, seen)
    tell_stalled_servers(place, known, change.write, call)
    write_inventory(place, change)
    record_region(RegionSighting(place, state, len(seen), "", call.now))
    return PlaceScan(place, len(seen), len(change.write), len(change.remove))


def _record_failure(place: Place, state: RegionState, told: str, now: datetime) -> None:
    """The place's rows stay, and so does the moment at which they were last known to be true."""
    before = find_region_sighting(place)
    count, as_of = (before.server_count, before.synced_at) if before else (0, now)
    record_region(RegionSighting(place, state, count, told, as_of))


def failed_scan(place: Place, error: Exception) -> PlaceScan:
    """A place whose sync broke in a way nobody foresaw, or whose rows could not be stored."""
    logger.error("inventory sync of one place failed", exc_info=error, extra={"place": str(place)})
    return PlaceScan(place, failure=f"{RegionState.FAILED}: {error}")
