"""Counts the servers of protection groups and how far their launch settings have got, and keeps it beside the groups.

The sync of the inventory does this after its own work, from what the inventory then has. A write is made only for a
group of which something else is true than what is kept, or whose counts are getting old.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ...domain.errors import DomainError
from ...domain.estate.accounts import Place
from ...domain.estate.group_standing import (
    GroupStanding,
    KeptGroup,
    ServersReady,
    UsingPlan,
    count_groups,
    members_of,
    renewed,
)
from ...domain.estate.groups import ProtectionGroup
from ...domain.estate.launch_settings import LaunchSettings
from ...domain.estate.launch_status import LaunchRecord, LaunchStatus, status_of
from ...domain.estate.servers import SourceServer
from ...domain.plans.plan_standing import plans_by_group
from ...domain.plans.plans import RecoveryPlan
from ...logs import logger
from ...preflight.effective_settings import effective_of_servers, read_launch_defaults
from ...side_by_side import ask_each, each_place
from ...store.failures import translated
from ...store.reads.estate.groups import kept_groups
from ...store.reads.estate.inventory import find_region_sightings, rows_of_place
from ...store.reads.estate.launch_records import launch_records
from ...store.writes.estate.standings import keep_group

_AT_ONCE = 16

Members = Mapping[str, SourceServer | None]
"""The servers of a group by id; None for one that the inventory lacks."""


class _Counted(msgspec.Struct, frozen=True):
    """The servers of a group as the inventory has them; ``ready`` is None if its place was never scanned."""

    members: Members
    ready: ServersReady | None


def keep_group_standings(plans: Iterable[RecoveryPlan]) -> dict[str, KeptGroup]:
    """Brings all groups up to date, and returns them by id; ``plans`` are all plans.

    Costs a query for each group and for each account and Region with groups, and a write for each group of which
    something is new. What cannot be read or written stops no other; its counts keep their time.
    """
    every = kept_groups()
    if not every:
        return {}
    counted = _counted([kept.group for kept in every])
    users = plans_by_group(plans)
    defaults = read_launch_defaults()

    def keep(kept: KeptGroup) -> KeptGroup:
        with translated():
            now = msgspec.structs.replace(
                kept,
                standing=_standing(kept, counted.get(kept.group.group_id), defaults),
                plans=_using(users.get(kept.group.group_id, ())),
            )
            if now != kept:
                keep_group(now)
        return now

    found = {kept.group.group_id: kept for kept in every}
    for kept, result in zip(every, ask_each(keep, every, limit=_AT_ONCE), strict=True):
        if isinstance(result, DomainError):
            logger.warning("group not counted", extra={"group_id": kept.group.group_id, "reason": result.message})
        else:
            found[kept.group.group_id] = result
    return found


def _standing(kept: KeptGroup, counted: _Counted | None, defaults: LaunchSettings) -> GroupStanding:
    """What is true now. What could not be counted stays as it was, with its time."""
    if counted is None:
        return kept.standing
    before = kept.standing.servers
    servers = renewed(before, counted.ready) if counted.ready else before
    return GroupStanding(servers, _launch_settings(kept.group, defaults, counted.members))


def _counted(groups: Sequence[ProtectionGroup]) -> dict[str, _Counted]:
    """The servers of each group, by group; without those of an account and Region that could not be read."""
    by_place: dict[Place, list[ProtectionGroup]] = {}
    for group in groups:
        by_place.setdefault(group.place, []).append(group)
    sightings = find_region_sightings(by_place)

    def of_place(place: Place) -> dict[str, _Counted]:
        with translated():
            members = members_of(by_place[place], rows_of_place(place))
        ready: dict[str, ServersReady] = {}
        if place in sightings:
            ready = count_groups(by_place[place], members, sightings[place].synced_at)
        return {group_id: _Counted(found, ready.get(group_id)) for group_id, found in members.items()}

    places = each_place(by_place, of_place, what="servers of groups").found
    return {group_id: counted for here in places.values() for group_id, counted in here.items()}


def _launch_settings(
    group: ProtectionGroup, defaults: LaunchSettings, server_ids: Iterable[str]
) -> dict[LaunchStatus, int]:
    members = list(server_ids)
    records: Mapping[str, LaunchRecord] = launch_records(group.group_id)
    effective = effective_of_servers(group, defaults, members, records)
    counts = Counter(status_of(effective[each], records.get(each)) for each in members)
    return {status: counts[status] for status in LaunchStatus if counts[status]}


def _using(plans: Iterable[RecoveryPlan]) -> tuple[UsingPlan, ...]:
    return tuple(UsingPlan(plan.plan_id, plan.name) for plan in sorted(plans, key=lambda plan: plan.name.casefold()))
