"""The sync of the source-server inventory: makes the rows of each place what DRS shows there."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ...aws.reads.estate.source_servers import describe_source_servers
from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.inventory import RegionSighting, RegionState, compare, region_state_of, with_instances
from ...domain.estate.servers import SourceServer
from ...operations.declaration import Nothing
from ...operations.estate import SyncResult
from ...store.reads.estate.inventory import find_region_sighting, servers_of_place
from ...store.writes.estate.inventory import record_region, write_inventory
from .alerts import alert_stalled_servers
from .source_instances import read_source_instances
from .sync_frame import PlaceResult, Sync, run_sync

_NO_DETAILS = "The servers were read, but not the EC2 details of their source instances."


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
    known = {server.source_server_id: server for server in servers_of_place(place)}
    instances = read_source_instances(account, seen)
    problem = f"{_NO_DETAILS} {instances.problem}" if instances.problem else ""
    complete = with_instances(seen, instances.found, known)
    written = _store(RegionSighting(place, state, len(seen), problem, call.now), known, complete, call)
    return msgspec.structs.replace(written, failure=f"{state}: {problem}" if problem else "")


def _store(
    sighting: RegionSighting, known: Mapping[str, SourceServer], seen: Sequence[SourceServer], call: CallContext
) -> PlaceResult:
    change = compare(known, seen)
    alert_stalled_servers(sighting.place, known, change.write, call)
    write_inventory(sighting.place, change)
    record_region(sighting)
    return PlaceResult(sighting.place, len(seen), len(change.write), len(change.remove))


def _record_failure(place: Place, state: RegionState, reason: str, now: datetime) -> None:
    """Records why a place failed. Its rows stay, and so does the time at which they were last known to be true."""
    before = find_region_sighting(place)
    count, as_of = (before.server_count, before.synced_at) if before else (0, now)
    record_region(RegionSighting(place, state, count, reason, as_of))


_SYNC = Sync("source-server-inventory", "The inventory of source servers could not be read", _sync_place)
