"""The fleet: source servers of all accounts and Regions, with the groups that hold them, and counts of them."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ..aws.reads.estate.drs_lists import page_of_servers
from ..domain.access.context import CallContext
from ..domain.errors import FieldProblem, require_no_problems
from ..domain.estate.accounts import Place
from ..domain.estate.fleet import FleetCounts, count_fleet, count_place
from ..domain.estate.groups import Selecting, holders_of
from ..domain.estate.inventory import RegionSighting, places_with_drs
from ..domain.estate.servers import SourceServer, judge_readiness, overall
from ..domain.pages import Page
from ..operations.fleet import FleetServer, HoldingGroup, ListSourceServers, SummarizeSourceServers
from ..store.paging import token_cursor, token_of
from ..store.reads.estate import fleet as reads
from ..store.reads.estate.accounts import get_account, list_accounts
from ..store.reads.estate.groups import get_group, groups_of_accounts
from ..store.reads.estate.registers import PlaceSeen, see_places
from .sightings import sightings_of


def list_source_servers(request: ListSourceServers, _: CallContext) -> Page[FleetServer]:
    """One page of source servers. Costs two calls of DynamoDB, three for a group without its place; live, one of DRS.

    Each is shown as of the last complete scan of its place, which a row that has not changed does not name.

    Raises RecordNotFound for an unknown account or group, and live CloudError or Unavailable.
    """
    if request.live:
        page, known = _live(request), {}
    else:
        known = _see_place_of_group(request)
        group, place = _group_and_place(request, known)
        page = reads.list_source_servers(request, group, place)
        if not page.items and request.account_id and (place is None or place.account_id != request.account_id):
            get_account(request.account_id)
    seen = known | see_places({server.place for server in page.items} - known.keys())
    servers = (
        page.items if request.live else [_as_of_scan(server, seen[server.place].sighting) for server in page.items]
    )
    return Page(_with_groups(servers, seen), page.next_cursor)


def _see_place_of_group(request: ListSourceServers) -> dict[Place, PlaceSeen]:
    """The place that the request names beside a group, whose register says what the group selects; else nothing."""
    if not (request.group_id and request.account_id and request.region):
        return {}
    return see_places([Place(request.account_id, request.region)], consistent=True)


def _group_and_place(
    request: ListSourceServers, known: Mapping[Place, PlaceSeen]
) -> tuple[Selecting, Place] | tuple[None, None]:
    """The group of the request and its place; read if no register describes it. Raises RecordNotFound."""
    if not request.group_id:
        return None, None
    for place, seen in known.items():
        for described in seen.groups or ():
            if described.group_id == request.group_id:
                return described, place
    group = get_group(request.group_id)
    return group, group.place


def _as_of_scan(server: SourceServer, sighting: RegionSighting | None) -> SourceServer:
    return server.seen_again(sighting.synced_at if sighting else None)


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


def _live(request: ListSourceServers) -> Page[SourceServer]:
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
    return Page(servers, token_cursor(token))


def _with_groups(servers: list[SourceServer], seen: Mapping[Place, PlaceSeen]) -> list[FleetServer]:
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
    return [_shown(server, holders.get((server.place, server.source_server_id), ())) for server in servers]


def _shown(server: SourceServer, groups: Iterable[Selecting]) -> FleetServer:
    return FleetServer(
        **msgspec.structs.asdict(server),
        readiness=overall(judge_readiness(server)),
        groups=tuple(HoldingGroup(group.group_id, group.name) for group in groups),
    )
