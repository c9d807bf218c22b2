"""Accounts, source servers and recovery points, as the last sync saw them or as DRS shows them now."""

from collections.abc import Mapping

from ..aws.reads.estate.drs_lists import page_of_points
from ..aws.reads.estate.source_servers import describe_source_servers
from ..domain.access.context import CallContext
from ..domain.errors import FieldProblem, InvalidRequest, RecordNotFound
from ..domain.estate.accounts import ListedAccount, Place
from ..domain.estate.inventory import RegionSighting, places_with_drs
from ..domain.estate.recovery_points import RecoveryPoint
from ..domain.estate.servers import SourceServer, judge_readiness, overall
from ..domain.pages import Page
from ..operations.declaration import PageRequest
from ..operations.servers import DrsAccount, DrsRegion, GetServerStatus, ListRecoveryPoints, ServerStatus
from ..preflight.expected_times import expected_by_mode
from ..store.paging import token_cursor, token_of
from ..store.reads.estate import inventory as reads
from ..store.reads.estate.accounts import get_account, page_of_listed
from .sightings import sightings_of


def list_drs_accounts(request: PageRequest, call: CallContext) -> Page[DrsAccount]:
    """One page of the accounts by number, from the tables alone. Costs two queries."""
    page = page_of_listed(request)
    sightings = sightings_of(page.items)
    accounts = [_drs_account(account, sightings[account.account_id], call) for account in page.items]
    return Page(accounts, page.next_cursor)


def _drs_account(account: ListedAccount, sightings: Mapping[Place, RegionSighting], call: CallContext) -> DrsAccount:
    places = places_with_drs(account, sightings)
    regions = tuple(DrsRegion.of(place.region, sightings.get(place)) for place in places)
    return DrsAccount(
        account_id=account.account_id,
        name=account.name,
        is_platform_account=account.account_id == call.hub.account_id,
        server_count=sum(each.server_count for each in regions),
        regions=regions,
    )


def get_server_status(request: GetServerStatus, call: CallContext) -> ServerStatus:
    """One server and its readiness. Raises RecordNotFound, and live CloudError or Unavailable."""
    if request.live:
        server = _live(request)
    else:
        found = reads.find_server_anywhere(request.server_id, request.account_id, request.region)
        _only([server.place for server in found], request.server_id)
        (server,) = found
    findings = judge_readiness(server)
    ((expected, _),) = expected_by_mode([server], call.now)
    return ServerStatus(server, request.live, overall(findings), findings, expected)


def list_recovery_points(request: ListRecoveryPoints, _: CallContext) -> Page[RecoveryPoint]:
    """One page of a server's recovery points, newest first; costs one call to DRS and at most two of DynamoDB.

    Raises RecordNotFound, CloudError and Unavailable.
    """
    place = _place_of(request)
    account, token = get_account(place.account_id), token_of(request.cursor)
    points, following = page_of_points(account, place.region, request.server_id, request.limit, token)
    return Page(points, token_cursor(following))


def _live(request: GetServerStatus) -> SourceServer:
    place = _place_of(request)
    account = get_account(place.account_id)
    found = describe_source_servers(account, place.region, server_ids=[request.server_id])
    _only([server.place for server in found], request.server_id)
    return found[0]


def _place_of(request: GetServerStatus | ListRecoveryPoints) -> Place:
    """The place that the request names, else that of the server in the inventory."""
    if request.account_id and request.region:
        return Place(request.account_id, request.region)
    return _only(reads.places_of_server(request.server_id, request.account_id, request.region), request.server_id)


def _only(places: list[Place], server_id: str) -> Place:
    """The one place of the server. Raises RecordNotFound, and InvalidRequest when it is in several places."""
    if not places:
        raise RecordNotFound(
            f"There is no source server '{server_id}' there. Check the id; a server that was added to DRS minutes ago "
            "is found with accountId, region and live=true.",
            serverId=server_id,
        )
    if len(places) > 1:
        listed = ", ".join(sorted(map(str, places)))
        problem = f"is needed, because several places have this server: {listed}"
        raise InvalidRequest([FieldProblem("accountId", problem), FieldProblem("region", problem)])
    return places[0]
