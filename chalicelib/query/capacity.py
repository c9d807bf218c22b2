"""How much of DRS's quotas is used: servers as the inventory counted them, jobs as DRS shows them now."""

from collections.abc import Callable, Iterable, Mapping

from ..aws.reads.estate.quotas import read_applied_quotas
from ..aws.reads.estate.regions import regions_with_drs
from ..aws.reads.launches.jobs import describe_jobs_since
from ..domain.access.context import CallContext
from ..domain.errors import DomainError, FieldProblem, InvalidRequest
from ..domain.estate.accounts import Place, TargetAccount
from ..domain.estate.capacity import (
    QUOTAS,
    AccountCapacity,
    account_capacity,
    nearness,
    place_capacity,
    roll_up,
    usage_of,
    worst,
)
from ..domain.estate.inventory import RegionSighting, places_with_drs
from ..domain.estate.quotas import JOB_MEMORY, Load, load_of
from ..domain.estate.staging import StagingAccount
from ..operations.declaration import Nothing
from ..operations.staging import (
    CapacityDetail,
    CombinedCapacity,
    PlaceQuotas,
    PlaceRequest,
    QuotaUse,
    StagingCapacity,
    TargetAccountId,
)
from ..side_by_side import ask_each, each_place
from ..store.reads.estate.accounts import find_accounts, get_account, list_accounts
from ..store.reads.estate.inventory import find_region_sighting, sightings_of_account
from ..store.reads.estate.staging import staging_accounts_of
from .sightings import sightings_of


def get_capacity(request: TargetAccountId, call: CallContext) -> CapacityDetail:
    """The capacity of an account by Region, and of its staging accounts.

    DRS is asked for jobs only in Regions that have servers. Raises RecordNotFound.
    """
    account = get_account(request.account_id)
    sightings = {sighting.place: sighting for sighting in sightings_of_account(account.account_id)}
    places = places_with_drs(account, sightings)
    busy = [place for place in places if place not in sightings or sightings[place].server_count]
    looks = each_place(busy, lambda place: _load(account, place, call), what="jobs", seconds=call.seconds_to_read)
    capacities = [
        place_capacity(
            place,
            sightings.get(place),
            looks.found.get(place) if place in busy else Load(),
            [f"The jobs could not be read: {looks.failures[place]}"] if place in looks.failures else (),
        )
        for place in places
    ]
    own = account_capacity(account.account_id, account.name, capacities)
    staging = _staging(staging_accounts_of(account.account_id), sightings.values())
    return CapacityDetail(
        account=own,
        places=capacities,
        staging=staging,
        with_staging=roll_up([own, *(each.account for each in staging if each.account)]),
    )


def get_combined_capacity(_: Nothing, __: CallContext) -> CombinedCapacity:
    """The capacity of all accounts, from the tables alone: 100 accounts or Regions a request."""
    accounts = list_accounts()
    sightings = sightings_of(accounts)
    found = [_stored_capacity(account, sightings[account.account_id].values()) for account in accounts]
    found.sort(key=nearness, reverse=True)
    return CombinedCapacity(level=worst(each.level for each in found), usages=roll_up(found), accounts=found)


def get_quotas(request: PlaceRequest, call: CallContext) -> PlaceQuotas:
    """The quotas of an account and Region as they apply there, and their use.

    What cannot be read is a problem of its own; AWS's published values are shown in its place. Raises RecordNotFound,
    and InvalidRequest for a Region that is not one of the account's.
    """
    account = get_account(request.account_id)
    place = Place(request.account_id, request.region)
    known = account.regions or regions_with_drs()
    if place.region not in known:
        problem = f"must be one of the account's Regions: {', '.join(known)}; it is '{place.region}'"
        raise InvalidRequest([FieldProblem("region", problem)])
    reads: tuple[Callable[[], Mapping[str, int] | Load], ...] = (
        lambda: read_applied_quotas(account, place.region),
        lambda: _load(account, place, call),
    )
    applied, jobs = ask_each(lambda read: read(), reads, seconds=call.seconds_to_read)
    problems = [
        f"{what} could not be read: {found.message}"
        for what, found in (("The applied quotas", applied), ("The jobs", jobs))
        if isinstance(found, DomainError)
    ]
    load = jobs if isinstance(jobs, Load) else None
    capacity = place_capacity(place, find_region_sighting(place), load, problems)
    used = {usage.quota: usage.used for usage in capacity.usages}
    limits = applied if isinstance(applied, Mapping) else {}
    items = []
    for quota in QUOTAS:
        limit = limits.get(quota.code, quota.limit)
        usage = usage_of(quota.name, used[quota.name], limit) if quota.name in used else None
        items.append(QuotaUse(quota.name, quota.code, quota.limit, limit, usage))
    return PlaceQuotas(place.account_id, place.region, items, capacity.problems)


def _load(account: TargetAccount, place: Place, call: CallContext) -> Load:
    return load_of(describe_jobs_since(account, place.region, call.now - JOB_MEMORY))


def _staging(staging: Iterable[StagingAccount], sightings: Iterable[RegionSighting]) -> list[StagingCapacity]:
    added = list(staging)
    seen = list(sightings)
    registered = find_accounts(each.staging_account_id for each in added)
    return [
        StagingCapacity(
            staging_account_id=each.staging_account_id,
            name=each.name,
            extended_servers=sum(sighting.extended.get(each.staging_account_id, 0) for sighting in seen),
            account=_capacity_of_staging(registered.get(each.staging_account_id)),
        )
        for each in added
    ]


def _capacity_of_staging(account: TargetAccount | None) -> AccountCapacity | None:
    return _stored_capacity(account, sightings_of_account(account.account_id)) if account else None


def _stored_capacity(account: TargetAccount, seen: Iterable[RegionSighting]) -> AccountCapacity:
    """The capacity of an account without its jobs."""
    sightings = {sighting.place: sighting for sighting in seen}
    places = [place_capacity(place, sightings.get(place), None) for place in places_with_drs(account, sightings)]
    return account_capacity(account.account_id, account.name, places)
