"""Which groups hold each source server, as the rows of the inventory say it.

That is for lists alone, so that a page costs nothing but its rows. What decides anything reads registers and groups.
"""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from .groups import Selecting, holders_of
from .inventory import Holding, HoldingGroup, InventoryRow
from .registers import PlaceRegister
from .servers import SourceServer


class Correction(msgspec.Struct, frozen=True):
    """The holding that the row of a server is to have, unless it has one of a later version than ``latest``."""

    server_id: str
    holding: Holding
    latest: int


def shown(groups: Iterable[Selecting]) -> tuple[HoldingGroup, ...]:
    """Groups as lists show them."""
    return tuple(HoldingGroup(group.group_id, group.name) for group in groups)


def holdings_of(servers: Iterable[SourceServer], register: PlaceRegister) -> dict[str, Holding]:
    """The holding of each of these servers of the register's place, by id."""
    by_id = {server.source_server_id: server for server in servers}
    if register.incomplete():
        return dict.fromkeys(by_id, Holding(register.version, None))
    held = holders_of(by_id, register.selecting())
    return {each: Holding(register.version, shown(held.get(each, ()))) for each in by_id}


def corrections(rows: Collection[InventoryRow], register: PlaceRegister) -> list[Correction]:
    """What a sync changes: the holdings of its rows that are not those of the register.

    The register was read after the rows were written. A holding of the same version may be wrong, because the tags of
    the server have changed. One of a later version is older than the register, which was then collected anew.
    """
    right = holdings_of((row.server for row in rows), register)
    found = []
    for row in rows:
        server_id, known = row.server.source_server_id, row.holding
        if known is None or known.groups != right[server_id].groups or known.version > register.version:
            latest = max(register.version, known.version if known else 0)
            found.append(Correction(server_id, right[server_id], latest))
    return found


def changed_members(before: Selecting | None, after: Selecting | None) -> set[str] | None:
    """The ids of the servers that a save of a group adds to it, takes out of it or shows with another name.

    None if tags decide it. No group is before a create, and none after a deletion.
    """
    groups = [group for group in (before, after) if group]
    if any(group.selects_by_tags for group in groups):
        return None
    old, new = (set(group.source_server_ids) if group else set() for group in (before, after))
    return old | new if _is_renamed(before, after) else old ^ new


def corrections_of_save(
    rows: Collection[InventoryRow], before: Selecting | None, after: Selecting | None, register: PlaceRegister
) -> list[Correction]:
    """What a save of a group that has committed with the register changes in these rows of its place.

    Every row whose holding differs from that of the register before is written, also one that has the new holding
    already: otherwise an earlier save that is late could still replace it. So is a row that shows the group wrongly.
    """
    by_id: Mapping[str, SourceServer | None] = {row.server.source_server_id: row.server for row in rows}
    old, new = (set(holders_of(by_id, [group])) if group else set() for group in (before, after))
    changed = old | new if _is_renamed(before, after) else old ^ new
    changed |= {row.server.source_server_id for row in rows if _is_shown_wrongly(row, before, after, new)}
    right = holdings_of((row.server for row in rows if row.server.source_server_id in changed), register)
    return [Correction(each, holding, register.version - 1) for each, holding in right.items()]


def _is_renamed(before: Selecting | None, after: Selecting | None) -> bool:
    return before is not None and after is not None and before.name != after.name


def _is_shown_wrongly(
    row: InventoryRow, before: Selecting | None, after: Selecting | None, members: Collection[str]
) -> bool:
    if row.groups is None:
        return False
    group_id = next(group.group_id for group in (before, after) if group)
    wanted = shown([after]) if after and row.server.source_server_id in members else ()
    return tuple(group for group in row.groups if group.group_id == group_id) != wanted
