"""Reads protection groups."""

from collections.abc import Collection, Iterable
from typing import Any

from pynamodb.models import Model

from ....domain.estate.accounts import Place
from ....domain.estate.group_standing import KeptGroup
from ....domain.estate.groups import ProtectionGroup
from ....domain.estate.inventory import RegionSighting
from ....domain.pages import Page
from ....domain.runs.leases import Lease
from ....domain.text import name_key
from ....ids import id_start
from ....operations.estate import ListGroups
from ...by_id import ById
from ...paging import read_page
from ...tables.configuration import GROUP_NAMES, GROUPS, ProtectionGroupItem, kept_group
from ...tables.estate import REGION_SIGHTINGS, RegionStatusItem
from ...together import Key, read_together
from ..runs.leases import read_with_leases
from .unique_names import find_holder, list_holders

_BY_ID = ById(
    GROUPS,
    key="group_id",
    field="groupId",
    missing="There is no protection group '{}'. List protection groups to see those that exist.",
)


def find_group(group_id: str) -> ProtectionGroup | None:
    """The group, read consistently; None when there is none."""
    return _BY_ID.find(group_id)


def get_group(group_id: str) -> ProtectionGroup:
    """The group, read consistently. Raises RecordNotFound."""
    return _BY_ID.get(group_id)


def get_group_and_sighting(group_id: str, place: Place) -> tuple[ProtectionGroup, RegionSighting | None]:
    """The group, and how a place answered the last sync, read consistently with one request. Raises RecordNotFound."""
    keys: dict[type[Model], list[Key]] = {
        ProtectionGroupItem: [(group_id,)],
        RegionStatusItem: [(place.account_id, place.region)],
    }
    found = read_together(keys, consistent=True)
    sightings = map(REGION_SIGHTINGS.to_record, found[RegionStatusItem])
    return _BY_ID.found(found[ProtectionGroupItem])[group_id], next(sightings, None)


def find_groups(group_ids: Iterable[str]) -> dict[str, ProtectionGroup]:
    """The groups with these ids that exist, by id, read consistently; 100 ids a request."""
    return _BY_ID.find_all(group_ids)


def list_groups(request: ListGroups) -> Page[KeptGroup]:
    """One page by name, of all groups or of one account's. Costs one query."""
    options: dict[str, Any] = {
        "wanted": ProtectionGroupItem.name_key.startswith(name_key(request.q)) if request.q.strip() else None,
        "filter_condition": ProtectionGroupItem.region == request.region if request.region else None,
    }
    if request.account_id:
        return read_page(ProtectionGroupItem.by_account, request.account_id, request, kept_group, **options)
    return read_page(ProtectionGroupItem.by_kind_name, "GROUP", request, kept_group, **options)


def kept_groups() -> list[KeptGroup]:
    """Every group, with what is kept beside it, from an index. Costs one query, with about 1 MB a page."""
    return [kept_group(item) for item in ProtectionGroupItem.by_kind_name.query("GROUP")]


def find_kept_groups(group_ids: Iterable[str]) -> dict[str, KeptGroup]:
    """The groups with these ids that exist, with what is kept beside them, read consistently; 100 ids a request."""
    items = ProtectionGroupItem.batch_get(dict.fromkeys(each for each in group_ids if each), consistent_read=True)
    return {item.group_id: kept_group(item) for item in items}


def groups_from(start: str, most: int) -> list[ProtectionGroup]:
    """The first groups whose name, or whose id, begins so. Costs one query, and one more for the beginning of an id."""
    named = ProtectionGroupItem.name_key.startswith(start)
    items = [*ProtectionGroupItem.by_kind_name.query("GROUP", named, limit=most)]
    if ids := id_start(start, "pg"):
        items += ProtectionGroupItem.by_kind_id.query("GROUP", ProtectionGroupItem.group_id.startswith(ids), limit=most)
    return [GROUPS.to_record(item) for item in items]


def groups_with_leases(ids: Iterable[str], keys: Iterable[str]) -> tuple[list[ProtectionGroup], dict[str, Lease]]:
    """The groups with these ids, and the leases with these keys; eventually consistent, 100 a request."""
    return read_with_leases(GROUPS, ids, keys)


def groups_of_place(place: Place) -> list[ProtectionGroup]:
    """Every group of the place, from an index that lags a moment behind. Costs one query, with about 1 MB a page."""
    here = ProtectionGroupItem.by_account.query(
        place.account_id, filter_condition=ProtectionGroupItem.region == place.region
    )
    return [GROUPS.to_record(item) for item in here]


def groups_of_accounts(account_ids: Collection[str]) -> list[ProtectionGroup]:
    """Every group of one account, or all groups for several accounts. Costs one query, with about 1 MB a page."""
    if not account_ids:
        return []
    if len(account_ids) == 1:
        (account_id,) = account_ids
        return [GROUPS.to_record(item) for item in ProtectionGroupItem.by_account.query(account_id)]
    return [GROUPS.to_record(item) for item in ProtectionGroupItem.by_kind_name.query("GROUP")]


def find_holder_of_group_name(name: str) -> str | None:
    """The id of the group with this name, read consistently."""
    return find_holder(GROUP_NAMES, name_key(name))


def group_ids_by_name() -> dict[str, str]:
    """The id of every group by the key of its name, read consistently."""
    return list_holders(GROUP_NAMES)
