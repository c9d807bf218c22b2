"""The fleet: source servers of all accounts and Regions, with the groups that hold them, and counts of them."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ..aws.reads.estate.drs_lists import page_of_servers
from ..domain.access.context import CallContext
from ..domain.errors import FieldProblem, require_no_problems
from ..domain.estate.accounts import Place
from ..domain.estate.fleet import FleetCounts, count_fleet, count_place
from ..domain.estate.groups import ProtectionGroup, Selecting, holders_of
from ..domain.estate.holdings import shown
from ..domain.estate.inventory import InventoryRow, RegionSighting, places_with_drs
from ..domain.estate.servers import SourceServer, judge_readiness, overall
from ..domain.pages import Page
from ..operations.fleet import FleetServer, ListSourceServers, SummarizeSourceServers
from ..store.paging import token_cursor, token_of
from ..store.reads.estate import fleet as reads
from ..store.reads.estate.accounts import get_account, list_accounts
from ..store.reads.estate.groups import get_group, get_group_and_sighting, groups_of_accounts
from ..store.reads.estate.registers import PlaceSeen, see_places
from .sightings import sightings_of


def list_source_servers(request: ListSourceServers, _: CallContext) -> Page[FleetServer]:
    """One page of source servers. Costs two calls of DynamoDB, three for a group without its place; live, one of DRS.

    Each is shown as of the last complete scan of its place, which a row that has not changed does not name. Rows say
    which groups hold their servers. For those that do not, which are new or of an earlier version, and live, the
    register of their place is read.

    Raises RecordNotFound for an unknown account or group, and live CloudError or Unavailable.
    """
    known: Mapping[Place, RegionSighting | None]
    page, known = (_live(request), {}) if request.live else _stored(request)
    places = {row.server.place for row in page.items}
    unsaid = [row.server for row in page.items if row.groups is None]
    places_unsaid = {server.place for server in unsaid}
    seen = see_places((places - known.keys()) | places_unsaid, places_unsaid)
    held = _holders_of(unsaid, seen)
    sightings = {} if request.live else {**known, **{place: each.sighting for place, each in seen.items()}}
    return Page([_shown(row, sightings, held) for row in page.items], page.next_cursor)


def _stored(request: ListSourceServers) -> tuple[Page[InventoryRow], Mapping[Place, RegionSighting | None]]:
    """The page of rows, and how a place answered the last sync that was read with the group of the request."""
    group: ProtectionGroup | None = None
    known: Mapping[Place, RegionSighting | None] = {}
    if request.group_id and request.account_id and request.region:
        place = Place(request.account_id, request.region)
        group, sighting = get_group_and_sighting(request.group_id, place)
        known = {place: sighting}
    elif request.group_id:
        group = get_group(request.group_id)
    page = reads.list_source_servers(request, group)
    if not page.items and request.account_id and (group is None or group.account_id != request.account_id):
        get_account(request.account_id)
    return page, known


def summarize_source_servers(request: SummarizeSourceServers, _: CallContext) -> FleetCounts:
    """The counts that the sync of the inventory keeps of each place; 100 places a request."""
    accounts = [get_account(request.account_id)] if request.account_id else list_accounts()
    sightings = sightings_of(accounts)
    return count_fleet(
        count_place(place, sightings[account.account_id].get(place))
        for account in accounts
        for place in places_with_drs(account, sightings[account.account_id])
        if request.region in {"", place.region}
    )


def _live(request: ListSourceServers) -> Page[InventoryRow]:
    given = {"accountId": request.account_id, "region": request.region}
    problems = [FieldProblem(name, "is required with live") for name, value in given.items() if not value]
    others = {
        "groupId": request.group_id,
        "replicationState": request.replication_state,
        "readiness": request.readiness,
        "tag": request.tag,
        "q": request.q,
    }
    problems += [FieldProblem(name, "cannot be combined with live") for name, value in others.items() if value]
    require_no_problems(problems)
    account = get_account(request.account_id)
    servers, token = page_of_servers(account, request.region, request.limit, token_of(request.cursor))
    return Page([InventoryRow(server) for server in servers], token_cursor(token))


def _holders_of(
    servers: Iterable[SourceServer], seen: Mapping[Place, PlaceSeen]
) -> Mapping[tuple[Place, str], Sequence[Selecting]]:
    """The groups that hold each of the servers, from the registers of their places, or from the groups themselves."""
    by_place: dict[Place, dict[str, SourceServer | None]] = {}
    for server in servers:
        by_place.setdefault(server.place, {})[server.source_server_id] = server
    undescribed = {place.account_id for place in by_place if seen[place].groups is None}
    read = groups_of_accounts(undescribed)
    holders: dict[tuple[Place, str], Sequence[Selecting]] = {}
    for place, here in by_place.items():
        described = seen[place].groups
        groups: Sequence[Selecting] = [each for each in read if each.place == place] if described is None else described
        for server_id, held in holders_of(here, groups).items():
            holders[place, server_id] = held
    return holders


def _shown(
    row: InventoryRow,
    sightings: Mapping[Place, RegionSighting | None],
    held: Mapping[tuple[Place, str], Sequence[Selecting]],
) -> FleetServer:
    sighting = sightings.get(row.server.place)
    server = row.server.seen_again(sighting.synced_at if sighting else None)
    return FleetServer(
        **msgspec.structs.asdict(server),
        readiness=overall(judge_readiness(server)),
        groups=shown(held.get((server.place, server.source_server_id), ())) if row.groups is None else row.groups,
    )
