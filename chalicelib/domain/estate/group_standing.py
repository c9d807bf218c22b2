"""How protection groups stand: how many servers they have, how ready these are, and how far their settings have got."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from .groups import ProtectionGroup, holders_of, judge_other_groups
from .launch_status import LaunchStatus
from .servers import Readiness, SourceServer, judge_readiness, overall

RENEWED_AFTER = timedelta(minutes=30)
"""Counts that are still the same are written again after this time, so that their age stays bounded at little cost."""


class ServersReady(msgspec.Struct, frozen=True, rename="camel"):
    """Servers by readiness, as of ``as_of``: when every account and Region of theirs was last seen completely."""

    server_count: int
    ready_count: int
    degraded_count: int
    blocked_count: int
    as_of: datetime

    @property
    def worst(self) -> Readiness:
        """BLOCKED or DEGRADED if one of the servers is."""
        if self.blocked_count:
            return Readiness.BLOCKED
        return Readiness.DEGRADED if self.degraded_count else Readiness.READY


class GroupStanding(msgspec.Struct, frozen=True):
    """What is kept of a group beside its content. ``launch_settings`` are its servers by status.

    What is None is unknown: it has not been counted since the group was saved.
    """

    servers: ServersReady | None = None
    launch_settings: dict[LaunchStatus, int] | None = None


class UsingPlan(msgspec.Struct, frozen=True, rename="camel"):
    """A recovery plan that uses the group."""

    plan_id: str
    name: str


class KeptGroup(msgspec.Struct, frozen=True):
    """A group with what is kept beside it. ``plans`` are those that use it; None is unknown."""

    group: ProtectionGroup
    standing: GroupStanding
    plans: tuple[UsingPlan, ...] | None


def members_of(
    groups: Sequence[ProtectionGroup], servers: Iterable[SourceServer]
) -> dict[str, dict[str, SourceServer | None]]:
    """The servers of each of the groups of one place, by group and id; None for one that the inventory lacks."""
    known: dict[str, SourceServer | None] = {server.source_server_id: server for server in servers}
    members: dict[str, dict[str, SourceServer | None]] = {
        group.group_id: {each: known.get(each) for each in group.source_server_ids} for group in groups
    }
    for server_id, holders in holders_of(known, groups).items():
        for group in holders:
            members[group.group_id][server_id] = known[server_id]
    return members


def count_groups(
    groups: Sequence[ProtectionGroup], members: Mapping[str, Mapping[str, SourceServer | None]], as_of: datetime
) -> dict[str, ServersReady]:
    """The servers of each of the groups of one place by readiness. A server in two groups is DEGRADED in both."""
    holders: dict[str, list[str]] = {}
    for group in groups:
        for server_id in members[group.group_id]:
            holders.setdefault(server_id, []).append(group.name)

    def findings_of(group: ProtectionGroup) -> Iterable[Readiness]:
        for server_id, server in members[group.group_id].items():
            others = [name for name in holders[server_id] if name != group.name]
            yield overall(judge_readiness(server) + judge_other_groups(others))

    return {group.group_id: count_ready(findings_of(group), as_of) for group in groups}


def count_ready(readiness: Iterable[Readiness], as_of: datetime) -> ServersReady:
    """The counts of servers with this readiness."""
    counts = Counter(readiness)
    return ServersReady(
        server_count=counts.total(),
        ready_count=counts[Readiness.READY],
        degraded_count=counts[Readiness.DEGRADED],
        blocked_count=counts[Readiness.BLOCKED],
        as_of=as_of,
    )


def add_up(counts: Sequence[ServersReady | None]) -> ServersReady | None:
    """The sum, as of the oldest; None if one of them is unknown, or if there are none."""
    known = [each for each in counts if each is not None]
    if not known or len(known) < len(counts):
        return None
    return ServersReady(
        server_count=sum(each.server_count for each in known),
        ready_count=sum(each.ready_count for each in known),
        degraded_count=sum(each.degraded_count for each in known),
        blocked_count=sum(each.blocked_count for each in known),
        as_of=min(each.as_of for each in known),
    )


def renewed(before: ServersReady | None, now: ServersReady | None) -> ServersReady | None:
    """What to keep after a new count: the earlier one as long as it says the same and is not much older."""
    if before is None or now is None:
        return now
    is_same = msgspec.structs.replace(before, as_of=now.as_of) == now
    return before if is_same and now.as_of - before.as_of < RENEWED_AFTER else now
