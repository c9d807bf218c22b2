"""Protection groups, with their servers as the inventory shows them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from ..domain.access.context import CallContext
from ..domain.errors import FieldProblem, require_no_problems
from ..domain.estate.accounts import Place
from ..domain.estate.group_standing import KeptGroup
from ..domain.estate.groups import (
    GroupContent,
    Impact,
    Selecting,
    content_problems,
    holders_of,
    judge_other_groups,
    matches_tags,
)
from ..domain.estate.servers import Finding, Readiness, SourceServer, judge_readiness, overall
from ..domain.limits import that_fit
from ..domain.pages import Page
from ..domain.runs.leases import Lease, group_lease_key
from ..operations.declaration import PageRequest
from ..operations.estate import (
    GetGroup,
    GroupDetail,
    GroupServer,
    ListedGroup,
    ListGroups,
    OtherGroup,
    ResolvedSelection,
    ResolveGroup,
    SharedServers,
)
from ..store.paging import MAX_PAGE_BYTES, token_cursor, token_of
from ..store.reads.estate import groups as reads
from ..store.reads.estate.accounts import find_account
from ..store.reads.estate.inventory import find_servers, servers_of_place
from ..store.reads.estate.registers import see_places
from ..store.reads.runs.leases import find_leases

MOST_BY_ID = 100
"""DynamoDB returns as many items by key in one request. More servers are found with fewer requests by their place."""


class _Selection(msgspec.Struct, frozen=True):
    """What selects servers of a place; ``group_id`` is empty for a group that does not exist yet."""

    place: Place
    server_ids: tuple[str, ...]
    tags: dict[str, str]
    group_id: str = ""


def list_protection_groups(request: ListGroups, _: CallContext) -> Page[ListedGroup]:
    """One page of groups by name. Costs one query and one request."""
    page = reads.list_groups(request)
    leases = find_leases(group_lease_key(kept.group.group_id) for kept in page.items)
    return Page([_listed(kept, leases) for kept in page.items], page.next_cursor)


def _listed(kept: KeptGroup, leases: Mapping[str, Lease]) -> ListedGroup:
    lease = leases.get(group_lease_key(kept.group.group_id))
    return ListedGroup(
        **msgspec.structs.asdict(kept.group),
        servers=kept.standing.servers,
        launch_settings=kept.standing.launch_settings,
        plans=kept.plans,
        running_execution_id=lease.execution_id if lease else "",
    )


def get_protection_group(request: GetGroup, _: CallContext) -> GroupDetail:
    """A group and a page of its servers. Raises RecordNotFound."""
    group = reads.get_group(request.group_id)
    selection = _Selection(group.place, group.source_server_ids, group.tags, group.group_id)
    resolved = _resolve(selection, group.impact_levels, request)
    return GroupDetail(group=group, **msgspec.structs.asdict(resolved))


def resolve_protection_group(request: ResolveGroup, _: CallContext) -> ResolvedSelection:
    """The servers that a selection matches before it is saved, and who holds them. Raises InvalidRequest."""
    content = GroupContent(name="preview", source_server_ids=request.source_server_ids, tags=request.tags)
    problems = content_problems(content)
    if find_account(request.account_id) is None:
        problems.append(
            FieldProblem("accountId", f"target account '{request.account_id}' is not registered; register it first")
        )
    require_no_problems(problems)
    place = Place(request.account_id, request.region)
    selection = _Selection(place, request.source_server_ids, request.tags, request.group_id)
    return _resolve(selection, {}, request)


def _resolve(selection: _Selection, impact_levels: Mapping[str, Impact], request: PageRequest) -> ResolvedSelection:
    after = token_of(request.cursor)
    chosen = _chosen(selection)
    holders = holders_of(chosen, [each for each in _groups_of(selection.place) if each.group_id != selection.group_id])
    findings = {each: _judge(server, holders.get(each, ())) for each, server in chosen.items()}
    counts = Counter(overall(found) for found in findings.values())
    following = sorted(each for each in chosen if each > after)
    members = (
        GroupServer(
            each,
            impact_levels.get(each, Impact.CRITICAL),
            chosen[each],
            overall(findings[each]),
            findings[each],
            tuple(OtherGroup(group.group_id, group.name) for group in holders.get(each, ())),
        )
        for each in following[: request.limit]
    )
    page = that_fit(members, MAX_PAGE_BYTES)
    return ResolvedSelection(
        server_count=len(chosen),
        ready_count=counts[Readiness.READY],
        degraded_count=counts[Readiness.DEGRADED],
        blocked_count=counts[Readiness.BLOCKED],
        shared_with=_shared_with(holders.values()),
        inventory_seen_at=_oldest(chosen.values()),
        servers=page,
        next_cursor=token_cursor(page[-1].source_server_id) if len(page) < len(following) else None,
    )


def _chosen(selection: _Selection) -> dict[str, SourceServer | None]:
    """The selected servers by id. Costs one query of the place, or one request for up to a hundred ids."""
    if not selection.tags and len(selection.server_ids) <= MOST_BY_ID:
        known = find_servers(selection.place, selection.server_ids)
        return {each: known.get(each) for each in selection.server_ids}
    servers = {server.source_server_id: server for server in servers_of_place(selection.place)}
    if selection.tags:
        return {each: server for each, server in servers.items() if matches_tags(server.tags, selection.tags)}
    return {each: servers.get(each) for each in selection.server_ids}


def _groups_of(place: Place) -> Sequence[Selecting]:
    """Every group of the place, from its register, or if that lacks some, from the index. Costs a request or two."""
    described = see_places([place], [place])[place].groups
    return reads.groups_of_place(place) if described is None else described


def _judge(server: SourceServer | None, holders: Sequence[Selecting]) -> tuple[Finding, ...]:
    return judge_readiness(server) + judge_other_groups([group.name for group in holders])


def _shared_with(holders: Iterable[Sequence[Selecting]]) -> list[SharedServers]:
    counts = Counter((group.name, group.group_id) for groups in holders for group in groups)
    return [SharedServers(group_id, name, count) for (name, group_id), count in sorted(counts.items())]


def _oldest(servers: Iterable[SourceServer | None]) -> datetime | None:
    return min((server.seen_at for server in servers if server), default=None)
