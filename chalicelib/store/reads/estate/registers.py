"""Reads the registers of places: their groups, and the plans that use each of them."""

from collections.abc import Collection, Iterable

import msgspec

from ....domain.estate.accounts import Place
from ....domain.estate.inventory import RegionSighting
from ....domain.estate.registers import PlaceRegister, RegisteredGroup, SelectingGroup, registered
from ...tables.configuration import (
    GROUPS,
    PLACE_REGISTERS,
    PLANS,
    REGISTERS,
    ProtectionGroupItem,
    RecoveryPlanItem,
    UniqueNameItem,
)
from ...tables.estate import REGION_SIGHTINGS, RegionStatusItem, account_region
from ...together import read_together


def read_register(place: Place) -> PlaceRegister:
    """The register of a place, read consistently."""
    return read_registers([place])[place]


def read_registers(places: Iterable[Place]) -> dict[Place, PlaceRegister]:
    """The registers of the places, read consistently; 100 places a request."""
    wanted = list(dict.fromkeys(places))
    found = _saved_registers(wanted)
    return found | {register.place: register for register in _collected(set(wanted) - set(found))}


class PlaceSeen(msgspec.Struct, frozen=True):
    """A place as lists show it: how it answered the last sync, and its groups.

    ``groups`` is None if they were not asked for, or if the register lacks what some of them select, until the next
    sync of the inventory adds it.
    """

    sighting: RegionSighting | None
    groups: list[SelectingGroup] | None


def see_places(places: Iterable[Place], groups_of: Collection[Place]) -> dict[Place, PlaceSeen]:
    """How places answered the last sync, and the groups of some of them. Costs one request up to 50 places."""
    wanted = list(dict.fromkeys(places))
    found = read_together(
        {
            UniqueNameItem: [(REGISTERS, account_region(place)) for place in wanted if place in groups_of],
            RegionStatusItem: [(place.account_id, place.region) for place in wanted],
        }
    )
    sightings = {seen.place: seen for seen in map(REGION_SIGHTINGS.to_record, found[RegionStatusItem])}
    registers = {each.place: each for each in map(PLACE_REGISTERS.to_record, found[UniqueNameItem])}
    return {place: PlaceSeen(sightings.get(place), _described(registers.get(place))) for place in wanted}


def _described(register: PlaceRegister | None) -> list[SelectingGroup] | None:
    return None if register is None or register.incomplete() else register.selecting()


def find_register(place: Place) -> PlaceRegister | None:
    """The register of a place as it is stored, read consistently; None when there is none yet."""
    return _saved_registers([place]).get(place)


def registers_of_account(account_id: str, regions: Iterable[str]) -> list[PlaceRegister]:
    """The register of each of these Regions with its groups, also those of groups that are older than registers."""
    places = [Place(account_id, region) for region in regions]
    found = _saved_registers(places)
    used = {item.region for item in ProtectionGroupItem.by_account.query(account_id)}
    older = _collected([place for place in places if place not in found and place.region in used])
    known = found | {register.place: register for register in older}
    return [known.get(place) or PlaceRegister(place) for place in places]


def _saved_registers(places: Iterable[Place]) -> dict[Place, PlaceRegister]:
    items = UniqueNameItem.batch_get([(REGISTERS, account_region(place)) for place in places], consistent_read=True)
    return {register.place: register for register in map(PLACE_REGISTERS.to_record, items)}


def _collected(places: Collection[Place]) -> list[PlaceRegister]:
    """The first registers of places that have none: they are new, or their groups are older than registers.

    Groups and plans come from indexes, which lag behind by less than such groups are old. A register that another call
    writes meanwhile makes the save of this one fail.
    """
    found = [
        (place, item)
        for place in places
        for item in ProtectionGroupItem.by_account.query(
            place.account_id, filter_condition=ProtectionGroupItem.region == place.region
        )
    ]
    plans = map(PLANS.to_record, RecoveryPlanItem.by_kind_name.query("PLAN")) if found else ()
    users: dict[str, list[str]] = {}
    for plan in plans:
        for group_id in plan.group_ids:
            users.setdefault(group_id, []).append(plan.plan_id)
    groups: dict[Place, dict[str, RegisteredGroup]] = {place: {} for place in places}
    for place, item in found:
        plan_ids = sorted(users.get(item.group_id, ()))
        groups[place][item.group_id] = registered(GROUPS.to_record(item), plan_ids)
    return [PlaceRegister(place, groups=here) for place, here in groups.items()]
