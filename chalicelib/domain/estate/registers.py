"""The register of a place: its protection groups, what each selects, the plans that use each of them, and a version.

Every save or deletion of a group, and every save of a plan that adds or drops groups, writes the next version of the
registers of its places in its own transaction. So a call that judged the groups of a place by what it read can commit
only if nothing has changed there since. What a group selects stands in the register, so that one read shows which
groups hold a server. Where it is missing the group is read, and the register names its version, because that read can
find the group as it was before another call's transaction, and the register as it is after it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from ..errors import FieldProblem
from ..text import count_of
from .accounts import Place
from .groups import ProtectionGroup

MAX_REGISTER_BYTES = 350_000
"""A register is one item, and DynamoDB allows 400 kB for an item.

A register that would be larger leaves out what its groups select; one that is larger even so is refused.
"""

_SMALLEST_SELECTION = 60
"""The bytes of what a group with a short name and one server selects."""

MAX_PLAN_PLACES = 90
"""A plan is saved in one transaction of at most 100 items, which has an item for each place and some of its own."""

MAX_SAVE_BYTES = 3_000_000
"""DynamoDB allows 4 MB for a transaction, which also holds the plan twice."""


class Selection(msgspec.Struct, frozen=True, omit_defaults=True):
    """A group's name, and what it selects servers by: their ids or their tags."""

    name: str
    servers: tuple[str, ...] = ()
    tags: dict[str, str] = {}


class RegisteredGroup(msgspec.Struct, frozen=True, omit_defaults=True):
    """The version of a group that the register is about, and the ids of the plans that use the group.

    ``selection`` is None in a register that was written before registers had it, or that has no room for it.
    """

    version: int
    plan_ids: tuple[str, ...] = ()
    selection: Selection | None = None


class SelectingGroup(msgspec.Struct, frozen=True):
    """A group as far as its register describes it: enough to say which servers it holds."""

    group_id: str
    name: str
    source_server_ids: tuple[str, ...]
    tags: dict[str, str]

    @property
    def selects_by_tags(self) -> bool:
        return bool(self.tags)


class PlaceRegister(msgspec.Struct, frozen=True):
    """The groups of one place by id. Version 0 was never saved."""

    place: Place
    version: int = 0
    groups: dict[str, RegisteredGroup] = {}

    def with_group(self, group: ProtectionGroup) -> "PlaceRegister":
        """The next version, with this version of the group. A group that is listed already keeps its plans."""
        return self._next({**self.groups, group.group_id: registered(group, self.plans_of(group.group_id))})

    def without_group(self, group_id: str) -> "PlaceRegister":
        return self._next({each: group for each, group in self.groups.items() if each != group_id})

    def with_plan(self, plan_id: str, group_ids: Collection[str]) -> "PlaceRegister":
        """The next version, in which the plan uses those of the listed groups and no others; itself if it does now."""
        groups = {}
        for each, group in self.groups.items():
            used = {*group.plan_ids, plan_id} if each in group_ids else {*group.plan_ids} - {plan_id}
            groups[each] = RegisteredGroup(group.version, tuple(sorted(used)), group.selection)
        return self if groups == self.groups else self._next(groups)

    def completed(self, groups: Mapping[str, ProtectionGroup]) -> "PlaceRegister":
        """The next version, with what those of the groups select that are in the registered version.

        Itself if nothing is missing, or if there is no room for it.
        """
        known = {
            each: registered(groups[each], group.plan_ids)
            if each in groups and groups[each].version == group.version
            else group
            for each, group in self.groups.items()
        }
        following = self._next({**self.groups, **known})
        return self if following.groups == self.groups and self.version else following

    def plans_of(self, group_id: str) -> tuple[str, ...]:
        return self.groups[group_id].plan_ids if group_id in self.groups else ()

    def selecting(self) -> list[SelectingGroup]:
        """The groups of which the register has what they select."""
        return [
            SelectingGroup(each, group.selection.name, group.selection.servers, group.selection.tags)
            for each, group in self.groups.items()
            if group.selection is not None
        ]

    def incomplete(self) -> dict[str, int]:
        """The other groups: the version of each by id."""
        return {each: group.version for each, group in self.groups.items() if group.selection is None}

    @property
    def can_be_completed(self) -> bool:
        """Whether something is missing for which there may be room."""
        missing = len(self.incomplete())
        return bool(missing) and self.size + missing * _SMALLEST_SELECTION <= MAX_REGISTER_BYTES

    @property
    def size(self) -> int:
        return len(msgspec.json.encode(self.groups))

    def _next(self, groups: dict[str, RegisteredGroup]) -> "PlaceRegister":
        following = PlaceRegister(self.place, self.version + 1, groups)
        if following.size <= MAX_REGISTER_BYTES:
            return following
        without = {each: RegisteredGroup(group.version, group.plan_ids) for each, group in groups.items()}
        return PlaceRegister(self.place, self.version + 1, without)


def registered(group: ProtectionGroup, plan_ids: Iterable[str]) -> RegisteredGroup:
    """A group as its register has it."""
    selection = Selection(group.name, group.source_server_ids, group.tags)
    return RegisteredGroup(group.version, tuple(plan_ids), selection)


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
