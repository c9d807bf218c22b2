"""Reads pages of source servers over all places: what the last sync saw."""

import re
from collections.abc import Collection
from typing import Any

from pynamodb.expressions.condition import Condition

from ....domain.estate.fleet import ServerSort, has_tag, is_named, may_be_id, name_start
from ....domain.estate.groups import ProtectionGroup, matches_tags
from ....domain.estate.inventory import InventoryRow
from ....domain.estate.servers import SourceServer, judge_readiness, overall
from ....domain.pages import Page
from ....operations.fleet import ListSourceServers
from ...paging import read_page
from ...tables.estate import SERVERS, SourceServerItem, row_of

_SERVER_ID = re.compile("s-[0-9a-zA-Z]{17}")


def list_source_servers(request: ListSourceServers, group: ProtectionGroup | None) -> Page[InventoryRow]:
    """One page of the rows of servers that match; ``group`` is that of the request. Costs one query."""
    place = group.place if group else None
    account_id = place.account_id if place else request.account_id
    options: dict[str, Any] = {
        "filter_condition": _is_wanted(request),
        "matches": _matcher(request, group),
    }
    if _SERVER_ID.fullmatch(request.q):
        return read_page(SourceServerItem.by_server, request.q, request, row_of, **options)
    if request.sort is ServerSort.LAG:
        options["scan_index_forward"] = False
        return read_page(SourceServerItem.by_kind_lag, SERVERS, request, row_of, **options)
    if request.q and not may_be_id(request.q):
        options["wanted"] = SourceServerItem.name_key.startswith(name_start(request.q))
    if account_id:
        return read_page(SourceServerItem.by_account_name, account_id, request, row_of, **options)
    return read_page(SourceServerItem.by_kind_name, SERVERS, request, row_of, **options)


def _is_wanted(request: ListSourceServers) -> Condition | None:
    """The filters that DynamoDB can compare. The account is one where no key selects it, or both are keys."""
    region, state = SourceServerItem.region, SourceServerItem.replication_state
    wanted: Condition | None = region == request.region if request.region else None
    if request.replication_state:
        is_state = state == request.replication_state
        wanted = is_state if wanted is None else wanted & is_state
    return wanted


def _matcher(request: ListSourceServers, group: ProtectionGroup | None) -> Any:
    """The other filters; None if there are none."""
    ids = frozenset(group.source_server_ids) if group else frozenset()

    def matches(row: InventoryRow) -> bool:
        server = row.server
        return (
            request.account_id in {"", server.account_id}
            and (group is None or _holds(group, ids, server))
            and request.readiness in {None, overall(judge_readiness(server))}
            and (not request.tag or has_tag(server, request.tag))
            and (not request.q or is_named(server, request.q))
        )

    by_lag_of_account = request.account_id and request.sort is ServerSort.LAG
    is_needed = group or request.readiness or request.tag or request.q or by_lag_of_account
    return matches if is_needed else None


def _holds(group: ProtectionGroup, ids: Collection[str], server: SourceServer) -> bool:
    """Whether the group, which selects these ids, holds a server."""
    if server.place != group.place:
        return False
    return server.source_server_id in ids or (group.selects_by_tags and matches_tags(server.tags, group.tags))
