"""The approvals of a plan: which groups they hold back, and which changes take that away."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plans.gates import gated_groups, weakened_by
from chalicelib.domain.plans.plans import ApprovalPolicy, RecoveryPlan, Wave
from tests.unit.domain.records import NOON


def a_plan(*waves: Wave, two_person: bool = True) -> RecoveryPlan:
    kept: dict[str, Any] = {"created_at": NOON, "created_by": "ada", "updated_at": NOON, "updated_by": "ada"}
    return RecoveryPlan("plan-1", 1, "Shop", "", "", None, None, waves, ApprovalPolicy(two_person=two_person), **kept)


def a_wave(number: int, *needs: int, gate: bool = False, groups: tuple[str, ...] = ()) -> Wave:
    return Wave(number, f"Wave {number}", groups or (f"pg-{number}",), needs, approval_required=gate)


@st.composite
def plans(draw: st.DrawFn) -> RecoveryPlan:
    numbers = range(1, draw(st.integers(1, 6)) + 1)
    # A wave may depend on any wave of a smaller number, listed in any order: no cycles.
    waves = [
        a_wave(
            number,
            *draw(st.sets(st.integers(1, number - 1), max_size=2) if number > 1 else st.just(set())),
            gate=draw(st.booleans()),
        )
        for number in numbers
    ]
    return a_plan(*draw(st.permutations(waves)), two_person=True)


def launches_without(plan: RecoveryPlan) -> set[str]:
    """The groups that launch although nobody approves anything: found by letting waves start one by one."""
    started: set[int] = set()
    while True:
        ready = {
            wave.number
            for wave in plan.waves
            if wave.number not in started and not wave.approval_required and set(wave.depends_on) <= started
        }
        if not ready:
            return {group for wave in plan.waves if wave.number in started for group in wave.group_ids}
        started |= ready


@given(plans())
def test_a_group_is_behind_a_gate_if_it_does_not_launch_without_an_approval(plan: RecoveryPlan) -> None:
    assert set(gated_groups(plan.waves)) == set(plan.group_ids) - launches_without(plan)


@given(plans(), plans())
def test_a_change_is_weaker_if_a_group_that_was_held_back_no_longer_is(
    before: RecoveryPlan, after: RecoveryPlan
) -> None:
    held = set(before.group_ids) - launches_without(before)
    still = set(after.group_ids) - launches_without(after)
    assert bool(weakened_by(before, after)) == bool(held - still)
    assert weakened_by(before, before) == []


@given(plans(), plans())
def test_without_the_rule_nothing_is_weaker_and_giving_it_up_always_is(
    before: RecoveryPlan, after: RecoveryPlan
) -> None:
    alone = msgspec.structs.replace(after, approval=ApprovalPolicy())
    assert weakened_by(alone, before) == []
    assert "twoPerson" in weakened_by(before, alone)[0]


def test_a_long_row_of_waves_is_no_problem() -> None:
    row = [a_wave(1, gate=True), *(a_wave(number, number - 1) for number in range(2, 201))]
    assert len(gated_groups(row[::-1])) == 200


def test_a_group_that_leaves_the_plan_is_named() -> None:
    before = a_plan(a_wave(1, gate=True, groups=("pg-a", "pg-b")))
    after = a_plan(a_wave(1, gate=True, groups=("pg-a",)))
    assert weakened_by(before, after) == ["the group pg-b of wave 'Wave 1' would no longer wait for an approval"]
