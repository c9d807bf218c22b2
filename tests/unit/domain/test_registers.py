"""The register of a place: its groups, the plans that use them, and what fits into one save."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.groups import ProtectionGroup, holders_of
from chalicelib.domain.estate.registers import (
    MAX_PLAN_PLACES,
    MAX_REGISTER_BYTES,
    PlaceRegister,
    RegisteredGroup,
    Selection,
    register_problems,
    registered,
    uses_of_groups,
)

PLACE = Place("222233334444", "us-east-1")
AT = datetime(2026, 5, 4, tzinfo=UTC)

names = st.sampled_from("abcd")
changes = st.lists(
    st.one_of(
        st.tuples(st.just("with_group"), names, st.integers(1, 9)),
        st.tuples(st.just("without_group"), names),
        st.tuples(st.just("with_plan"), st.sampled_from("PQ"), st.frozensets(names)),
    ),
    max_size=12,
)


@given(changes)
def test_a_register_lists_the_groups_and_the_last_use_of_each_plan(made: list[tuple[Any, ...]]) -> None:
    register, expected = PlaceRegister(PLACE), dict[str, set[str]]()
    versions: dict[str, int] = {}
    for change, *arguments in made:
        before = register
        if change == "with_group":
            register = register.with_group(_group(*arguments))
        else:
            register = getattr(register, change)(*arguments)
        _expect(expected, change, arguments)
        if change == "with_group":
            versions[arguments[0]] = arguments[1]
        assert {each: set(register.plans_of(each)) for each in register.groups} == expected
        assert {each: group.version for each, group in register.groups.items()} == {
            each: versions[each] for each in expected
        }
        assert {each.group_id for each in register.selecting()} == set(expected)
        assert not register.incomplete()
        assert register is before or register.version == before.version + 1


def _expect(expected: dict[str, set[str]], change: str, arguments: list[Any]) -> None:
    if change == "with_group":
        expected.setdefault(arguments[0], set())
    elif change == "without_group":
        expected.pop(arguments[0], None)
    else:
        plan, groups = arguments
        for group, plans in expected.items():
            (plans.add if group in groups else plans.discard)(plan)


def test_every_save_of_a_group_is_a_new_version_and_a_use_that_exists_is_none() -> None:
    register = PlaceRegister(PLACE).with_group(_group("pg-1", 1))
    assert register.with_group(_group("pg-1", 2)).version == 2
    used = register.with_plan("plan-1", {"pg-1", "pg-elsewhere"})
    assert used.groups == {"pg-1": registered(_group("pg-1", 1), ["plan-1"])}
    assert used.with_plan("plan-1", {"pg-1"}) is used


def test_a_register_that_does_not_fit_into_its_item_is_refused_with_its_place_and_size() -> None:
    full = PlaceRegister(PLACE, 1, dict(_groups(9_000)))
    (problem,) = register_problems("region", [full, PlaceRegister(PLACE)])
    assert problem.field == "region"
    assert str(PLACE) in problem.message
    assert "9,000 protection groups" in problem.message
    assert f"{full.size:,} bytes" in problem.message
    assert register_problems("region", [PlaceRegister(PLACE, 1, dict(_groups(5_000)))]) == []


def test_registers_that_do_not_fit_into_one_transaction_together_are_refused() -> None:
    large = [PlaceRegister(Place(str(number), "us-east-1"), 1, dict(_groups(5_000))) for number in range(16)]
    assert [problem.field for problem in register_problems("waves", large)] == ["waves"]
    assert register_problems("waves", large[:12]) == []


@pytest.mark.parametrize(("count", "fields"), [(MAX_PLAN_PLACES, []), (200, ["waves"])])
def test_a_plan_of_too_many_places_is_refused_with_the_limit(count: int, fields: list[str]) -> None:
    places = {f"pg-{number}": Place(str(number), "us-east-1") for number in range(count)}
    registers = {place: PlaceRegister(place).with_group(_group(group, 1)) for group, place in places.items()}
    uses = uses_of_groups("plan-1", list(places), places, registers)
    assert [problem.field for problem in uses.problems] == fields
    assert all(f"{count} places" in problem.message for problem in uses.problems)
    assert all(f"at most {MAX_PLAN_PLACES}" in problem.message for problem in uses.problems)


def test_the_groups_that_a_plan_adds_and_drops_change_the_registers_of_their_places() -> None:
    kept, added, dropped = (Place(account, "us-east-1") for account in ("1", "2", "3"))
    places = {"pg-kept": kept, "pg-added": added, "pg-dropped": dropped}
    registers = {place: PlaceRegister(place).with_group(_group(group, 1)) for group, place in places.items()}
    registers |= {place: registers[place].with_plan("plan-1", places) for place in (kept, dropped)}
    uses = uses_of_groups("plan-1", ["pg-kept", "pg-added"], places, registers)
    assert uses.existing == set(places)
    assert {register.place: register.groups for register in uses.registers} == {
        added: {"pg-added": registered(_group("pg-added", 1), ["plan-1"])},
        dropped: {"pg-dropped": registered(_group("pg-dropped", 1), [])},
    }


def test_a_group_that_its_register_no_longer_lists_does_not_exist() -> None:
    registers = {PLACE: PlaceRegister(PLACE).with_group(_group("pg-2", 1))}
    uses = uses_of_groups("plan-1", ["pg-1", "pg-2"], {"pg-1": PLACE, "pg-2": PLACE}, registers)
    assert uses.existing == {"pg-2"}


def test_a_register_says_which_groups_hold_a_server() -> None:
    by_id, by_tags = _group("pg-1", 1, servers=("s-1", "s-2")), _group("pg-2", 1, tags={"App": "shop"})
    register = PlaceRegister(PLACE).with_group(by_id).with_group(by_tags)
    holders = holders_of({"s-1": None, "s-3": None}, register.selecting())
    assert {server: [group.name for group in held] for server, held in holders.items()} == {"s-1": ["Group pg-1"]}
    (selected,) = [each for each in register.selecting() if each.selects_by_tags]
    assert (selected.group_id, selected.tags) == ("pg-2", {"App": "shop"})


def test_a_register_from_before_is_completed_with_groups_of_the_registered_version_only() -> None:
    before = PlaceRegister(PLACE, 4, {"pg-1": RegisteredGroup(1, ("plan-1",)), "pg-2": RegisteredGroup(2)})
    assert before.can_be_completed
    assert before.incomplete() == {"pg-1": 1, "pg-2": 2}
    after = before.completed({"pg-1": _group("pg-1", 1), "pg-2": _group("pg-2", 3)})
    assert after.version == 5
    assert after.groups == {"pg-1": registered(_group("pg-1", 1), ["plan-1"]), "pg-2": RegisteredGroup(2)}
    assert after.completed({}) is after


def test_an_empty_place_gets_a_register_that_says_so() -> None:
    empty = PlaceRegister(PLACE).completed({})
    assert (empty.version, empty.groups, empty.incomplete()) == (1, {}, {})


def test_a_register_without_room_for_what_groups_select_leaves_it_out_and_stays_as_it_is() -> None:
    large = Selection("Group", tuple(f"s-{number:017}" for number in range(4_000)))
    groups = dict(_groups(6_500)) | {"pg-large": RegisteredGroup(1, (), large)}
    register = PlaceRegister(PLACE, 1, groups)
    assert register.size > MAX_REGISTER_BYTES
    after = register.with_group(_group("pg-new", 1))
    assert after.size <= MAX_REGISTER_BYTES
    assert (len(after.groups), after.selecting(), len(after.incomplete())) == (6_502, [], 6_502)
    assert register_problems("region", [after]) == []
    assert not after.can_be_completed, "a sync does not read 6,500 groups each time to find that there is no room"


def _group(
    group_id: str, version: int, servers: tuple[str, ...] = (), tags: dict[str, str] | None = None
) -> ProtectionGroup:
    return ProtectionGroup(
        group_id,
        f"Group {group_id}",
        "",
        PLACE.account_id,
        PLACE.region,
        servers,
        tags or {},
        {},
        version,
        AT,
        "ada",
        AT,
        "ada",
    )


def _groups(count: int) -> Iterable[tuple[str, RegisteredGroup]]:
    return ((f"pg-01HXYZ0000000000000{number:07}", RegisteredGroup(1)) for number in range(count))
