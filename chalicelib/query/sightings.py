"""How the accounts and Regions of the estate answered the last sync of the inventory."""

from collections.abc import Iterable

from ..aws.reads.estate.regions import regions_with_drs
from ..domain.estate.accounts import Place, TargetAccount
from ..domain.estate.inventory import RegionSighting
from ..store.reads.estate.inventory import find_region_sightings


def sightings_of(accounts: Iterable[TargetAccount]) -> dict[str, dict[Place, RegionSighting]]:
    """The sightings of each account's Regions, by account, from the tables alone: 100 places a request."""
    every = list(accounts)
    found: dict[str, dict[Place, RegionSighting]] = {account.account_id: {} for account in every}
    places = (
        Place(account.account_id, region) for account in every for region in account.regions or regions_with_drs()
    )
    for place, sighting in find_region_sightings(places).items():
        found[place.account_id][place] = sighting
    return found
