"""Staging accounts: those of a target account, those that DRS names, and whether one can be used."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from ..aws.reads.estate.regions import regions_with_drs
from ..aws.reads.estate.staging import has_default_key, list_extensible_servers, list_staging_account_ids
from ..domain.access.context import CallContext
from ..domain.errors import DomainError, Unavailable, require_no_problems
from ..domain.estate.accounts import Place, TargetAccount
from ..domain.estate.inventory import RegionSighting, RegionState, region_state_of
from ..domain.estate.staging import (
    KEY_REMEDY,
    KEYS,
    ExtensibleServer,
    StagingAccount,
    remedy_of,
    staging_account_problems,
)
from ..domain.pages import Page
from ..domain.text import count_of
from ..operations.staging import (
    DiscoveredStagingAccount,
    ListStagingAccounts,
    RegionCheck,
    StagingAccountId,
    StagingCheck,
    StagingDiscovery,
    StagingValidation,
    TargetAccountId,
)
from ..side_by_side import ask_each, each_place
from ..store.reads.estate import staging as reads
from ..store.reads.estate.accounts import find_account, get_account
from ..store.reads.estate.inventory import sightings_of_account

PATIENCE = timedelta(seconds=12)
"""Time limit for encryption keys, which need a call for each server, and for the Regions before them."""

_KEYS_AT_ONCE = 4
_MOST_NAMED = 20


def list_staging_accounts(request: ListStagingAccounts, _: CallContext) -> Page[StagingAccount]:
    """One page of the staging accounts of a target account by number. Raises RecordNotFound."""
    get_account(request.account_id)
    return reads.list_staging_accounts(request.account_id, request)


def discover_staging_accounts(request: TargetAccountId, call: CallContext) -> StagingDiscovery:
    """The accounts that DRS names as staging accounts in each Region, and those that are added. Raises RecordNotFound.

    A Region that cannot be read, or not in time, is a problem, and hides nothing of the others.
    """
    account = get_account(request.account_id)
    added = {each.staging_account_id: each for each in reads.staging_accounts_of(account.account_id)}
    sightings = {sighting.place: sighting for sighting in sightings_of_account(account.account_id)}
    places = _places_with_drs(account, sightings)
    looks = each_place(
        places,
        lambda place: _staging_accounts_in(account, place),
        what="staging accounts",
        seconds=call.seconds_to_read,
    )
    named: dict[str, list[str]] = {staging_id: [] for staging_id in added}
    for place, found in looks.found.items():
        for staging_id in found:
            named.setdefault(staging_id, []).append(place.region)
    items = [
        DiscoveredStagingAccount(
            staging_account_id=staging_id,
            name=added[staging_id].name if staging_id in added else "",
            added=staging_id in added,
            regions=tuple(regions),
            extended_servers={
                place.region: sighting.extended[staging_id]
                for place, sighting in sightings.items()
                if staging_id in sighting.extended
            },
        )
        for staging_id, regions in sorted(named.items())
    ]
    return StagingDiscovery(items, looks.problems)


def validate_staging_account(request: StagingAccountId, call: CallContext) -> StagingValidation:
    """Checks in each Region whether the servers of a staging account can be extended, before one is.

    The encryption keys of the servers are read if the staging account is registered as a target account too. Raises
    RecordNotFound for an unknown target account, and InvalidRequest.
    """
    require_no_problems(staging_account_problems(request.account_id, request.staging_account_id))
    account = get_account(request.account_id)
    sightings = {sighting.place: sighting for sighting in sightings_of_account(account.account_id)}
    staging = find_account(request.staging_account_id)
    until = min(call.now + PATIENCE, call.deadline)
    places = _places_with_drs(account, sightings)

    def check(place: Place) -> RegionCheck:
        extended = sightings[place].extended if place in sightings else {}
        return _check_region(account, place, request.staging_account_id, extended, staging, until)

    checks = [
        _not_usable(place, result) if isinstance(result, DomainError) else result
        for place, result in zip(places, ask_each(check, places, seconds=call.seconds_to_read), strict=True)
    ]
    order = [StagingCheck.OK, StagingCheck.NOT_CHECKED, StagingCheck.ACTION_NEEDED]
    return StagingValidation(
        account_id=account.account_id,
        staging_account_id=request.staging_account_id,
        check=max((each.check for each in checks), key=order.index, default=StagingCheck.NOT_CHECKED),
        regions=checks,
        keys=KEYS,
    )


def _places_with_drs(account: TargetAccount, sightings: Mapping[Place, RegionSighting]) -> list[Place]:
    """The account's Regions; if it names none, all but those in which the inventory found no DRS."""
    if account.regions:
        return [Place(account.account_id, region) for region in account.regions]
    places = [Place(account.account_id, region) for region in regions_with_drs()]
    return [place for place in places if place not in sightings or not sightings[place].state.has_no_drs]


def _staging_accounts_in(account: TargetAccount, place: Place) -> list[str]:
    """The staging accounts of a Region; none where DRS is not in use."""
    try:
        return list_staging_account_ids(account, place.region)
    except DomainError as error:
        if region_state_of(error) is RegionState.NOT_INITIALIZED:
            return []
        raise


def _check_region(
    account: TargetAccount,
    place: Place,
    staging_id: str,
    extended: Mapping[str, int],
    staging: TargetAccount | None,
    until: datetime,
) -> RegionCheck:
    found = list_extensible_servers(account, place.region, staging_id)
    keys = _default_keys(staging, place.region, found, until) if staging else None
    # If the keys of some servers cannot be read, it is not known whether all servers can be extended.
    unknown = bool(found) and (keys is None or not keys.complete)
    with_default = keys.names if keys else ()
    return RegionCheck(
        region=place.region,
        check=StagingCheck.ACTION_NEEDED if with_default else StagingCheck.NOT_CHECKED if unknown else StagingCheck.OK,
        state=RegionState.ACTIVE,
        reason=_reason(with_default, unknown),
        remedy=KEY_REMEDY if with_default or unknown else "",
        extensible=len(found),
        extended=extended.get(staging_id, 0),
        with_default_key=with_default[:_MOST_NAMED],
        keys_checked=not unknown,
    )


def _reason(with_default: Sequence[str], unknown: bool) -> str:
    if with_default:
        verb = "uses" if len(with_default) == 1 else "use"
        return f"{count_of(len(with_default), 'server')} {verb} the default EBS key of the staging account."
    if unknown:
        return (
            "The encryption keys of its servers were not checked. They are read when the staging account is "
            "registered as a target account too."
        )
    return ""


def _default_keys(
    staging: TargetAccount, region: str, servers: Collection[ExtensibleServer], until: datetime
) -> "_Keys":
    """The servers with the default key, as far as the staging account's role and the time allow to see."""

    def look(server: ExtensibleServer) -> bool:
        if datetime.now(UTC) > until:
            raise Unavailable("There was no time left to check it.")
        return has_default_key(staging, region, server.source_server_arn.rpartition("/")[2])

    answers = ask_each(look, servers, limit=_KEYS_AT_ONCE)
    return _Keys(
        names=tuple(server.hostname for server, answer in zip(servers, answers, strict=True) if answer is True),
        complete=all(isinstance(answer, bool) for answer in answers),
    )


class _Keys(msgspec.Struct, frozen=True):
    """Hostnames of servers with the default key; ``complete`` if every server could be looked at."""

    names: tuple[str, ...]
    complete: bool


def _not_usable(place: Place, error: DomainError) -> RegionCheck:
    state = region_state_of(error)
    return RegionCheck(
        region=place.region,
        check=StagingCheck.NOT_CHECKED if state.may_pass else StagingCheck.ACTION_NEEDED,
        state=state,
        reason=error.message,
        remedy=remedy_of(state, place.account_id),
    )
