"""The tasks of the state machine that syncs the inventory of many places: plan, some places, conclusion."""

from ...domain.access.context import CallContext
from ...domain.estate.accounts import Place
from ...domain.estate.inventory import RegionState
from ...domain.estate.syncs import SyncTally, shortened, total
from ...operations.estate import SyncResult
from ...operations.tasks import ConcludeInventorySync, PlacesTally, PlanInventorySync, SyncInventoryPlaces
from ...side_by_side import chunks
from ...store.reads.estate.accounts import find_accounts, list_accounts
from .inventory_sync import INVENTORY
from .sync_frame import conclude_sync, places_of, sync_places

PLACES_PER_CHILD = 16
"""As many as a function syncs at the same time."""

REASONS_CHARACTERS = 60_000
"""Of all failures of all children: their outputs, with the names of all places, have to fit in 256 kB."""


def plan_inventory_sync(_: PlanInventorySync, _call: CallContext) -> dict[str, object]:
    """The places in batches, one for each child, and the room that a batch has for its reasons."""
    places = [str(place) for _, place in places_of(list_accounts())]
    batches = [list(batch) for batch in chunks(places, PLACES_PER_CHILD)]
    return {"batches": batches, "reason_characters": REASONS_CHARACTERS // max(len(batches), 1)}


def sync_inventory_places(task: SyncInventoryPlaces, call: CallContext) -> SyncTally:
    """Syncs some places, as the one function does. A place whose account was removed meanwhile is left out."""
    places = [Place(*text.split("/", 1)) for text in task.places]
    accounts = find_accounts({place.account_id for place in places})
    work = [(accounts[place.account_id], place) for place in places if place.account_id in accounts]
    tally = sync_places(INVENTORY, work, call)
    return SyncTally(
        tally.places, tally.seen, tally.written, tally.removed, shortened(tally.failures, task.reason_characters)
    )


def conclude_inventory_sync(task: ConcludeInventorySync, call: CallContext) -> SyncResult:
    """Alerts and records the end of the run, with the places of children that were lost."""
    return conclude_sync(INVENTORY, task.started_at, total(map(_with_lost, task.tallies)), call)


def _with_lost(tally: PlacesTally) -> SyncTally:
    reason = f"{RegionState.FAILED}: The function that syncs the place failed. Its log has the details."
    return SyncTally(
        places=tally.places + len(tally.lost),
        seen=tally.seen,
        written=tally.written,
        removed=tally.removed,
        failures={**tally.failures, **dict.fromkeys(tally.lost, reason)},
    )
