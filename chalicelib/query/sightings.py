"""How the accounts and Regions of the estate answered the last sync of the inventory."""

from collections.abc import Iterable

from ..aws.reads.estate.regions import regions_with_drs
from ..domain.estate.accounts import ListedAccount, Place, TargetAccount
from ..domain.estate.inventory import RegionSighting
from ..store.reads.estate.inventory import find_region_sightings, sightings_between


def sightings_of(accounts: Iterable[TargetAccount | ListedAccount]) -> dict[str, dict[Place, RegionSighting]]:
    """The sightings of each account's Regions, by account, from the tables alone; the accounts are those of a list.

    Costs one query. Accounts that it finds nothing of were never synced, or not since the index was made: these are
    looked up by their Regions, 100 a request.
    """
    every = {account.account_id: account for account in accounts}
    found: dict[str, dict[Place, RegionSighting]] = {account_id: {} for account_id in every}
    if not every:
        return found
    for sighting in sightings_between(min(every), max(every)):
        account = every.get(sighting.place.account_id)
        if account and (not account.regions or sighting.place.region in account.regions):
            found[account.account_id][sighting.place] = sighting
    unseen = [account for account_id, account in every.items() if not found[account_id]]
    places = (Place(each.account_id, region) for each in unseen for region in each.regions or regions_with_drs())
    for place, sighting in find_region_sightings(places).items():
        found[place.account_id][place] = sighting
    return found
