"""What calls share that go through the servers of a group one by one: which ones, for how long, how patiently."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from ...domain.access.context import CallContext
from ...domain.access.permissions import InvocationMode
from ...domain.errors import FieldProblem, Unavailable, require_no_problems
from ...domain.estate.groups import ProtectionGroup, matches_tags
from ...store.reads.estate.inventory import servers_of_place

T = TypeVar("T")

SERVERS_AT_ONCE = 8
RESERVE = timedelta(seconds=20)
REST_PATIENCE = timedelta(seconds=15)
"""How long a call by REST begins with further servers; API Gateway waits 29 seconds for its answer."""

_PAUSE_SECONDS = 0.5


def chosen_members(group: ProtectionGroup, named: Sequence[str]) -> Sequence[str]:
    """The named servers, or all of the group when none is named. Raises InvalidRequest for servers of other groups."""
    members = _members(group)
    known = frozenset(members)
    require_no_problems(
        [
            FieldProblem(f"sourceServerIds[{index}]", f"'{server_id}' is not a server of this group")
            for index, server_id in enumerate(named)
            if server_id not in known
        ]
    )
    return tuple(dict.fromkeys(named)) or members


def begins_until(call: CallContext) -> datetime:
    """The time after which a call begins with no further server."""
    last = call.deadline - RESERVE
    return min(call.now + REST_PATIENCE, last) if call.mode is InvocationMode.API_GATEWAY else last


def patiently(ask: Callable[[], T], until: datetime, call: CallContext) -> T:
    """Asks again while AWS throttles or cannot be reached, until the time is up."""
    while True:
        try:
            return ask()
        except Unavailable:
            if call.now >= until:
                raise
        time.sleep(_PAUSE_SECONDS * (0.5 + random.random()))  # noqa: S311 — spreads callers, keeps no secret


def _members(group: ProtectionGroup) -> Sequence[str]:
    if not group.selects_by_tags:
        return group.source_server_ids
    seen = servers_of_place(group.place)
    return sorted(server.source_server_id for server in seen if matches_tags(server.tags, group.tags))
