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
from ...side_by_side import ask_each
from ...store.failures import translated
from ...store.reads.estate.fleet import all_servers
from ...store.reads.estate.groups import kept_groups
from ...store.reads.estate.inventory import find_region_sightings
from ...store.reads.estate.launch_records import launch_records
from ...store.reads.plans.plans import all_plans
from ...store.writes.estate.standings import keep_group

_AT_ONCE = 16

Members = Mapping[str, Mapping[str, SourceServer | None]]


def keep_group_standings() -> None:
    """Brings all groups up to date. Costs a query for each group, and a write for each one of which something is new.

    A group that cannot be read or written stops no other; its counts keep their time.
    """
    every = kept_groups()
    groups = [kept.group for kept in every]
    members, servers = _counted(groups)
    users = plans_by_group(all_plans())
    defaults = read_launch_defaults()

    def after(kept: KeptGroup) -> KeptGroup:
        group_id = kept.group.group_id
        launch = _launch_settings(kept.group, defaults, members[group_id])
        standing = GroupStanding(renewed(kept.standing.servers, servers.get(group_id)), launch)
        return msgspec.structs.replace(kept, standing=standing, plans=_using(users.get(group_id, ())))

    def keep(kept: KeptGroup) -> None:
        with translated():
            now = after(kept)
            if now != kept:
                keep_group(now)

    for kept, result in zip(every, ask_each(keep, every, limit=_AT_ONCE), strict=True):
        if isinstance(result, DomainError):
            logger.warning("group not counted", extra={"group_id": kept.group.group_id, "reason": result.message})


def _counted(groups: Sequence[ProtectionGroup]) -> tuple[Members, dict[str, ServersReady]]:
    """The servers of the groups, and their counts. Groups of places that were never scanned are not counted."""
    by_place: dict[Place, list[ProtectionGroup]] = {}
    for group in groups:
        by_place.setdefault(group.place, []).append(group)
    rows: dict[Place, list[SourceServer]] = {}
    for server in all_servers() if groups else ():
        rows.setdefault(server.place, []).append(server)
    sightings = find_region_sightings(by_place)
    members: dict[str, Mapping[str, SourceServer | None]] = {}
    counts: dict[str, ServersReady] = {}
    for place, here in by_place.items():
        found = members_of(here, rows.get(place, ()))
        members |= found
        if place in sightings:
            counts |= count_groups(here, found, sightings[place].synced_at)
    return members, counts


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
