"""Chooses the recovery point of each server of a plan. Writes nothing, and calls nothing if the latest is wanted."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..aws.reads.estate.recovery_points import find_named_point, find_point_at
from ..domain.errors import DomainError
from ..domain.estate.accounts import TargetAccount
from ..domain.estate.recovery_points import PointSearch, PointWish, refuse_missing_points, require_known_servers
from ..domain.runs.planned_servers import PlannedServer
from ..domain.runs.preflight import judge_point
from .per_server import ask_servers
from .progress import Progress


class ChosenPoints(msgspec.Struct, frozen=True):
    """The servers with their points and findings. ``unread`` are those whose points could not be read, and why."""

    servers: list[PlannedServer]
    unread: Mapping[str, DomainError]


def choose_points(
    servers: Sequence[PlannedServer],
    wish: PointWish,
    accounts: Mapping[str, TargetAccount],
    *,
    until: datetime,
    progress: Progress | None = None,
) -> ChosenPoints:
    """Gives each server the requested recovery point; costs one call for each server concerned.

    A server without a point at or before the moment is BLOCKED. Raises InvalidRequest for named points that do not
    exist or belong to another server, and for servers that are not of the plan.
    """
    require_known_servers(wish, (server.source_server_id for server in servers))
    concerned = [server for server in servers if wish.concerns(server.source_server_id) and not server.is_blocked]
    if not concerned:
        return ChosenPoints(list(servers), {})

    def search(server: PlannedServer) -> PointSearch:
        account = accounts[server.account_id]
        if wish.moment is not None:
            return find_point_at(account, server.region, server.source_server_id, wish.moment)
        named = wish.points[server.source_server_id]
        return find_named_point(account, server.region, server.source_server_id, named)

    answers = ask_servers(concerned, search, until=until, progress=progress)
    found = {server_id: answer for server_id, answer in answers.items() if isinstance(answer, PointSearch)}
    unread = {server_id: answer for server_id, answer in answers.items() if isinstance(answer, DomainError)}
    if wish.moment is None:
        missing = {server_id: answer for server_id, answer in found.items() if answer.chosen is None}
        refuse_missing_points(wish, missing)
    return ChosenPoints([_with_point(server, found.get(server.source_server_id), wish) for server in servers], unread)


def _with_point(server: PlannedServer, search: PointSearch | None, wish: PointWish) -> PlannedServer:
    if search is None:
        return server
    judged = server.with_findings(judge_point(search, wish.moment) if wish.moment else ())
    return msgspec.structs.replace(judged, recovery_point=search.chosen)
