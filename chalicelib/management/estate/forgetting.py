"""Forgets places that are no longer synced: what the syncs keep of them, and the staging accounts of an account.

A sync may still be at work in such a place. What it writes afterwards it removes itself (``forget_if_left_out``).
"""

from collections.abc import Iterable

from ...aws.reads.estate.regions import regions_with_drs
from ...domain.estate.accounts import Place, TargetAccount
from ...logs import logger
from ...side_by_side import map_bounded
from ...store.reads.estate.accounts import find_account
from ...store.reads.estate.kept_rows import kept_rows, synced_regions
from ...store.reads.estate.staging import staging_accounts_of
from ...store.writes.estate.kept_rows import remove_rows
from ...store.writes.estate.staging import remove_staging_account


def forget_account(account_id: str, regions: Iterable[str] = ()) -> bool:
    """Removes what is kept of an account in these Regions and in all that were synced; False if there was nothing.

    Rows of other accounts, and links in which the account is a staging account of another, stay. May be repeated after
    a death: what is left is found again.
    """
    staging = staging_accounts_of(account_id)
    for each in staging:
        remove_staging_account(account_id, each.staging_account_id)
    synced = synced_regions(account_id)
    _forget(Place(account_id, region) for region in {*regions, *synced})
    return bool(staging or synced)


def forget_left_out_regions(account: TargetAccount) -> None:
    """Removes what is kept of an account in Regions that it no longer names. May be repeated after a death."""
    kept = account.regions or regions_with_drs()
    _forget(Place(account.account_id, region) for region in synced_regions(account.account_id) if region not in kept)


def forget_if_left_out(place: Place) -> bool:
    """Removes what is kept of a place if its account, or the Region, was removed meanwhile; whether it was.

    A sync calls this after its last write. Either the removal sees what the sync wrote, or the sync sees the removal.
    """
    account = find_account(place.account_id)
    if account and place.region in (account.regions or regions_with_drs()):
        return False
    logger.info("place was removed while it was synced", extra={"place": str(place)})
    _forget_place(place)
    return True


def _forget(places: Iterable[Place]) -> None:
    map_bounded(_forget_place, sorted(places))


def _forget_place(place: Place) -> None:
    rows = kept_rows(place)
    remove_rows(place, servers=rows.servers, instances=rows.instances, tagged=rows.tagged, terms=rows.terms)
