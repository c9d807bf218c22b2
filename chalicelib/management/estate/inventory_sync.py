"""The sync of the source-server inventory: makes the rows of each place what DRS shows there."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from ...aws.actions.estate.inventory_map import start_inventory_map
from ...aws.reads.estate.source_servers import describe_source_servers
from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.inventory import (
    InventoryRow,
    RegionSighting,
    RegionState,
    compare,
    complete_sighting,
    failed_sighting,
    region_state_of,
    with_instances,
)
from ...domain.estate.servers import SourceServer
from ...domain.estate.syncs import RUNNING, SyncTally
from ...domain.estate.terms import TermKind, terms_of_servers
from ...operations.declaration import Nothing
from ...operations.estate import SyncResult
from ...settings import settings
from ...store.reads.estate.accounts import list_accounts
from ...store.reads.estate.inventory import find_region_sighting, inventory_rows
from ...store.writes.estate.inventory import record_region, write_inventory
from ...store.writes.estate.syncs import begin_sync
from .alerts import alert_stalled_servers
from .figures import keep_figures
from .holdings import correct_holdings, holdings_of_new_rows
from .list_repairs import complete_account_list, complete_newest_syncs
from .search_terms import keep_terms
from .source_instances import read_source_instances
from .sync_frame import PlaceResult, Sync, conclude_sync, give_way, places_of, run_sync

MAP_ENDS_WITHIN = timedelta(minutes=15)
"""The time limit of the state machine."""

_NO_DETAILS = "The servers were read, but not the EC2 details of their source instances."


def handle_sync_source_server_inventory(_: Nothing, call: CallContext) -> SyncResult:
    """Brings the inventory up to date and records the run; writes only what changed.

    With the setting MAP it only begins: the state machine syncs the places and records the end. Either way it keeps the
    figures of the whole installation, which then are those of the last run.
    """
    result = _begin_map(call) if settings().inventory_sync == "MAP" else run_sync(INVENTORY, call)
    complete_account_list()
    complete_newest_syncs()
    keep_figures(call)
    return result


def _begin_map(call: CallContext) -> SyncResult:
    """Begins a run and starts the state machine for it. A machine that cannot be started ends the run as FAILED."""
    started_at = call.now
    if not begin_sync(INVENTORY.kind, started_at, started_at + MAP_ENDS_WITHIN):
        return give_way(INVENTORY.kind, call)
    try:
        started = started_at.isoformat()
        start_inventory_map(call.hub, f"{started_at:%Y%m%dT%H%M%S%f}", json.dumps({"started_at": started}))
    except DomainError as error:
        places = [str(place) for _, place in places_of(list_accounts())]
        tally = SyncTally(places=len(places), failures=dict.fromkeys(places, f"{RegionState.FAILED}: {error.message}"))
        return conclude_sync(INVENTORY, started_at, tally, call)
    return SyncResult(INVENTORY.kind, RUNNING, started_at, call.now, seen=0, written=0, removed=0, failures={})


def _sync_place(account: TargetAccount, place: Place, call: CallContext) -> PlaceResult:
    """Makes the place's rows what DRS shows. A place that cannot be seen completely keeps its rows."""
    try:
        seen, state, reason = describe_source_servers(account, place.region), RegionState.ACTIVE, ""
    except DomainError as error:
        seen, state, reason = [], region_state_of(error), error.message
    if not state.is_complete:
        _record_failure(place, state, reason, call.now)
        return PlaceResult(place, failure=f"{state}: {reason}")
    rows = {row.server.source_server_id: row for row in inventory_rows(place)}
    known = {server_id: row.server for server_id, row in rows.items()}
    instances = read_source_instances(account, seen)
    problem = f"{_NO_DETAILS} {instances.problem}" if instances.problem else ""
    sighting = msgspec.structs.replace(complete_sighting(place, state, seen, call.now), last_error=problem)
    written = _store(sighting, rows, with_instances(seen, instances.found, known), call)
    return msgspec.structs.replace(written, failure=f"{state}: {problem}" if problem else "")


def _store(
    sighting: RegionSighting, rows: Mapping[str, InventoryRow], seen: Sequence[SourceServer], call: CallContext
) -> PlaceResult:
    """Writes what has changed. Rows come before the groups that hold them, which are read when rows are written."""
    place = sighting.place
    known = {server_id: row.server for server_id, row in rows.items()}
    holdings = {server_id: row.holding for server_id, row in rows.items() if row.holding}
    new = [server for server in seen if server.source_server_id not in holdings]
    change = compare(known, seen, {server.source_server_id for server in new})
    alert_stalled_servers(place, known, change.write, call)
    holdings |= holdings_of_new_rows(place, new)
    write_inventory(place, change, holdings)
    keep_terms(place, TermKind.SERVER, terms_of_servers(seen))
    correct_holdings(place, [InventoryRow(server, holdings.get(server.source_server_id)) for server in seen])
    record_region(sighting)
    return PlaceResult(place, len(seen), len(change.write), len(change.remove))


def _record_failure(place: Place, state: RegionState, reason: str, now: datetime) -> None:
    """Records why a place failed. Its rows stay, and so does the time at which they were last known to be true."""
    record_region(failed_sighting(find_region_sighting(place), place, state, reason, now))


INVENTORY = Sync("source-server-inventory", "The inventory of source servers could not be read", _sync_place)
