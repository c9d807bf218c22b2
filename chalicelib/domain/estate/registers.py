"""The register of a place: its protection groups, the plans that use each of them, and a version.

Every save or deletion of a group, and every save of a plan that adds or drops groups, writes the next version of the
registers of its places in its own transaction. So a call that judged the groups of a place by what it read can commit
only if nothing has changed there since. The register names the version of each group, because a read in the middle of
another call's transaction can find the register as it is after that transaction, and a group as it was before.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from ..errors import FieldProblem
from ..text import count_of
from .accounts import Place

MAX_REGISTER_BYTES = 350_000
"""A register is one item, and DynamoDB allows 400 kB for an item."""

MAX_PLAN_PLACES = 90
"""A plan is saved in one transaction of at most 100 items, which has an item for each place and some of its own."""

MAX_SAVE_BYTES = 3_000_000
"""DynamoDB allows 4 MB for a transaction, which also holds the plan twice."""


class RegisteredGroup(msgspec.Struct, frozen=True):
    """The version of a group that the register is about, and the ids of the plans that use the group."""

    version: int
    plan_ids: tuple[str, ...] = ()


class PlaceRegister(msgspec.Struct, frozen=True):
    """The groups of one place by id. Version 0 was never saved."""

    place: Place
    version: int = 0
    groups: dict[str, RegisteredGroup] = {}

    def with_group(self, group_id: str, version: int) -> "PlaceRegister":
        """The next version, with this version of the group. A group that is listed already keeps its plans."""
        return self._next({**self.groups, group_id: RegisteredGroup(version, self.plans_of(group_id))})

    def without_group(self, group_id: str) -> "PlaceRegister":
        return self._next({each: group for each, group in self.groups.items() if each != group_id})

    def with_plan(self, plan_id: str, group_ids: Collection[str]) -> "PlaceRegister":
        """The next version, in which the plan uses those of the listed groups and no others; itself if it does now."""
        groups = {}
        for each, group in self.groups.items():
            used = {*group.plan_ids, plan_id} if each in group_ids else {*group.plan_ids} - {plan_id}
            groups[each] = RegisteredGroup(group.version, tuple(sorted(used)))
        return self if groups == self.groups else self._next(groups)

    def plans_of(self, group_id: str) -> tuple[str, ...]:
        return self.groups[group_id].plan_ids if group_id in self.groups else ()

    def versions_without(self, group_id: str) -> dict[str, int]:
        """The version of every group but this one, by id."""
        return {each: group.version for each, group in self.groups.items() if each != group_id}

    @property
    def size(self) -> int:
        return len(msgspec.json.encode(self.groups))

    def _next(self, groups: dict[str, RegisteredGroup]) -> "PlaceRegister":
        return PlaceRegister(self.place, self.version + 1, groups)


class GroupUses(msgspec.Struct, frozen=True):
    """What a plan's use of groups means for them and their places.

    ``existing`` are the ids of those of the groups that exist. ``registers`` are the next versions of the registers
    that change, which ``problems`` prevent from being saved.
    """

    existing: Collection[str]
    registers: Sequence[PlaceRegister]
    problems: list[FieldProblem]


def uses_of_groups(
    plan_id: str, wanted: Collection[str], groups: Mapping[str, Place], registers: Mapping[Place, PlaceRegister]
) -> GroupUses:
    """The uses of a plan that is to use the ``wanted`` groups and no others.

    ``groups`` are the places of those groups, and of those that the plan used before, that were found, by id. Their
    ``registers`` were read after that, so a group that was deleted in between is not in them.
    """
    existing = {group_id for group_id, place in groups.items() if group_id in registers[place].groups}
    following = [register.with_plan(plan_id, frozenset(wanted)) for register in registers.values()]
    changed = [register for register in following if register is not registers[register.place]]
    return GroupUses(existing, changed, _place_problems(len(registers)) + register_problems("waves", changed))


def register_problems(field: str, registers: Sequence[PlaceRegister]) -> list[FieldProblem]:
    """What prevents registers from being saved in one transaction: too large a register, or too much altogether."""
    problems = [
        FieldProblem(
            field,
            f"{register.place} has {count_of(len(register.groups), 'protection group')}; with the plans that "
            f"use them they are {register.size:,} bytes, and at most {MAX_REGISTER_BYTES:,} are allowed. Delete groups "
            "or plans of this account and Region that are no longer needed, or combine some",
        )
        for register in registers
        if register.size > MAX_REGISTER_BYTES
    ]
    total = sum(register.size for register in registers)
    if not problems and total > MAX_SAVE_BYTES:
        problems.append(
            FieldProblem(
                field,
                f"the lists of protection groups in its accounts and Regions are {total:,} bytes; one save can change "
                f"{MAX_SAVE_BYTES:,}. Divide the plan by account or Region",
            )
        )
    return problems


def _place_problems(count: int) -> list[FieldProblem]:
    """Whether a plan and the version that it replaces have groups in too many places for one transaction."""
    if count <= MAX_PLAN_PLACES:
        return []
    return [
        FieldProblem(
            "waves",
            f"the groups of the plan, with those of the version that it replaces, are in {count} places "
            f"(account and Region); at most {MAX_PLAN_PLACES} are allowed. Divide the plan by account or Region",
        )
    ]
