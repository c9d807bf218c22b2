"""Protection groups, with their servers as the inventory shows them."""

from collections.abc import Iterable
from datetime import datetime

from ..domain.access.context import CallContext
from ..domain.errors import FieldProblem, require_no_problems
from ..domain.estate.accounts import Place
from ..domain.estate.groups import GroupContent, Impact, ProtectionGroup, content_problems, matches_tags
from ..domain.estate.servers import SourceServer, judge_readiness, overall
from ..domain.pages import Page
from ..operations.estate import GroupDetail, GroupId, GroupServer, ListGroups, ResolvedSelection, ResolveGroup
from ..store.reads.estate import groups as reads
from ..store.reads.estate.accounts import find_account
from ..store.reads.estate.inventory import find_servers, servers_of_place


def list_protection_groups(request: ListGroups, _: CallContext) -> Page[ProtectionGroup]:
    """One page of groups by name."""
    return reads.list_groups(request)


def get_protection_group(request: GroupId, _: CallContext) -> GroupDetail:
    """A group and its servers. Raises RecordNotFound."""
    group = reads.get_group(request.group_id)
    servers = _members(group.place, group.source_server_ids, group.tags, group.impact_levels)
    return GroupDetail(group, servers, _oldest(servers))


def resolve_protection_group(request: ResolveGroup, _: CallContext) -> ResolvedSelection:
    """The servers that a selection matches, before it is saved. Raises InvalidRequest."""
    content = GroupContent(name="preview", source_server_ids=request.source_server_ids, tags=request.tags)
    problems = content_problems(content)
    if find_account(request.account_id) is None:
        problems.append(
            FieldProblem("accountId", f"target account '{request.account_id}' is not registered; register it first")
        )
    require_no_problems(problems)
    servers = _members(Place(request.account_id, request.region), request.source_server_ids, request.tags, {})
    return ResolvedSelection(servers, _oldest(servers))


def _members(
    place: Place, server_ids: Iterable[str], tags: dict[str, str], impact_levels: dict[str, Impact]
) -> list[GroupServer]:
    if tags:
        matching = (server for server in servers_of_place(place) if matches_tags(server.tags, tags))
        chosen: dict[str, SourceServer | None] = {server.source_server_id: server for server in matching}
    else:
        found = find_servers(place, server_ids)
        chosen = {server_id: found.get(server_id) for server_id in server_ids}
    return [_member(server_id, server, impact_levels) for server_id, server in chosen.items()]


def _member(server_id: str, server: SourceServer | None, impact_levels: dict[str, Impact]) -> GroupServer:
    findings = judge_readiness(server)
    return GroupServer(server_id, impact_levels.get(server_id, Impact.CRITICAL), server, overall(findings), findings)


def _oldest(servers: Iterable[GroupServer]) -> datetime | None:
    return min((member.server.seen_at for member in servers if member.server), default=None)
