"""Checks that a server belongs to one group only, and removes memberships that no longer count."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ...domain.errors import InUse
from ...domain.estate.accounts import Place
from ...domain.estate.groups import GroupContent, Overlap, ProtectionGroup, matches_tags, overlaps_by_tags
from ...domain.estate.servers import SourceServer
from ...domain.estate.unique_claims import CHANGES, MEMBERSHIPS, binds, membership_key, server_of_membership
from ...store.reads.estate.groups import find_groups, find_groups_by_tags
from ...store.reads.estate.inventory import servers_of_place
from ...store.reads.estate.unique_claims import find_holders
from ...store.writes.estate.groups import remove_abandoned_membership


def require_no_overlap(
    content: GroupContent, place: Place, group_id: str, explicit: Sequence[SourceServer], now: datetime
) -> None:
    """Raises InUse when another group of the place holds a server that ``content`` would choose.

    ``explicit`` are the servers chosen by id, as DRS shows them; servers chosen by tags come from the inventory.
    """
    chosen = explicit
    if content.tags:
        chosen = [server for server in servers_of_place(place) if matches_tags(server.tags, content.tags)]
    others = [group for group in find_groups_by_tags(place.account_id, place.region) if group.group_id != group_id]
    overlaps = [*_by_membership(place, group_id, chosen, now), *overlaps_by_tags(chosen, others)]
    if overlaps:
        taken = "; ".join(f"{', '.join(overlap.labels)} in the group '{overlap.group_name}'" for overlap in overlaps)
        raise InUse(
            f"A server can belong to one protection group only. Already in another group: {taken}. "
            "Remove these servers from that group, or leave them out of this one.",
            overlaps=[
                {
                    "groupId": overlap.group_id,
                    "groupName": overlap.group_name,
                    "sourceServerIds": list(overlap.server_ids),
                }
                for overlap in overlaps
            ],
        )


def _by_membership(place: Place, group_id: str, servers: Iterable[SourceServer], now: datetime) -> list[Overlap]:
    by_key = {membership_key(place.account_id, place.region, server.source_server_id): server for server in servers}
    held = find_holders(MEMBERSHIPS, by_key)
    groups = find_groups(held.values())
    changes = find_holders(CHANGES, held.values())
    binding: dict[str, list[SourceServer]] = {}
    for key, holder in held.items():
        group = groups.get(holder)
        listed = group.source_server_ids if group else None
        if not binds(listed, server_of_membership(key), changes.get(holder), now):
            remove_abandoned_membership(key, holder, group, now)
        elif holder != group_id:
            binding.setdefault(holder, []).append(by_key[key])
    return [Overlap.of(holder, _name(groups.get(holder), holder), found) for holder, found in binding.items()]


def _name(group: ProtectionGroup | None, group_id: str) -> str:
    return group.name if group else f"{group_id} (being created)"
