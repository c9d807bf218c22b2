"""Reads the inventory of recovery instances: what the last sync saw."""

from ....domain.estate.accounts import Place
from ....domain.estate.recovery_instances import RecoveryInstance
from ....domain.pages import Page
from ....operations.syncs import ListRecoveryInstances
from ...paging import read_page
from ...tables.estate import RECOVERY_INSTANCES, RecoveryInstanceItem, account_region


def instances_of_place(place: Place) -> list[RecoveryInstance]:
    """Every instance of the place. Costs one query, with about 1 MB a page."""
    return [RECOVERY_INSTANCES.to_record(item) for item in RecoveryInstanceItem.query(account_region(place))]


def list_instances_of_place(place: Place, request: ListRecoveryInstances) -> Page[RecoveryInstance]:
    """One page of the instances of a place by id."""
    return read_page(RecoveryInstanceItem, account_region(place), request, RECOVERY_INSTANCES.to_record)


def list_instances_of_server(
    source_server_id: str, place: Place | None, request: ListRecoveryInstances
) -> Page[RecoveryInstance]:
    """One page of the instances of a source server, in all accounts and Regions or in one place."""
    index = RecoveryInstanceItem.by_source_server
    here = RecoveryInstanceItem.account_region == account_region(place) if place else None
    return read_page(index, source_server_id, request, RECOVERY_INSTANCES.to_record, wanted=here)
