"""The rules for plans: waves and their dependencies."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plans.plans import PlanContent, Wave, WaveContent, plan_problems
from chalicelib.domain.plans.steps import TcpProbe


def wave(number: int, **fields: Any) -> WaveContent:
    return WaveContent(number=number, name=f"Wave {number}", **{"group_ids": (f"pg-{number}",), **fields})


def problems(*waves: WaveContent, **content: Any) -> set[str]:
    plan = PlanContent(name=content.pop("name", "Plan"), waves=waves, **content)
    return {problem.field for problem in plan_problems(plan, {f"pg-{number}" for number in range(1, 300)})}


def test_one_wave_is_enough_for_a_plan() -> None:
    assert problems(wave(1)) == set()


def test_waves_follow_each_other_by_default() -> None:
    assert [wave(number).complete().depends_on for number in (1, 2, 3)] == [(), (1,), (2,)]
    assert wave(3, depends_on=()).complete().depends_on == ()
    assert wave(3, depends_on=(2, 1)).complete().depends_on == (1, 2)


@pytest.mark.parametrize("numbers", [(), (2,), (0, 1), (1, 1), (1, 3), (1, 2, 2)])
def test_numbers_run_from_one_without_gaps_or_repeats(numbers: tuple[int, ...]) -> None:
    assert "waves" in problems(*(wave(number, depends_on=(), group_ids=("pg-1",)) for number in numbers))


def test_a_plan_that_does_not_fit_into_its_record_is_refused() -> None:
    assert problems(*(wave(number) for number in range(1, 201))) == set()
    groups = tuple(f"pg-{number}" for number in range(100))
    large = [wave(number, group_ids=groups, depends_on=()) for number in range(1, 201)]
    large = [
        msgspec.structs.replace(item, group_ids=tuple(f"{item.number}-{'g' * 60}" for _ in groups)) for item in large
    ]
    assert "waves" in problems(*large)


def test_a_wave_takes_fifty_steps_in_all() -> None:
    steps = tuple(TcpProbe(name=f"Step {number}", port=22, host="a.example") for number in range(26))
    assert problems(wave(1, pre_actions=steps[:24], validations=steps)) == set()
    assert problems(wave(1, pre_actions=steps[:25], validations=steps)) == {"waves[0]"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"depends_on": (1,)}, "waves[0].dependsOn[0]"),
        ({"depends_on": (5,)}, "waves[0].dependsOn[0]"),
        ({"group_ids": ()}, "waves[0].protectionGroupIds"),
        ({"group_ids": ("pg-unknown",)}, "waves[0].protectionGroupIds[0]"),
        ({"group_ids": ("pg-1", "pg-1")}, "waves[0].protectionGroupIds[1]"),
        ({"delay_seconds": -1}, "waves[0].delaySeconds"),
        ({"delay_seconds": 86_401}, "waves[0].delaySeconds"),
        ({"timeout_minutes": 0}, "waves[0].timeoutMinutes"),
        ({"timeout_minutes": 1_441}, "waves[0].timeoutMinutes"),
        ({"min_success_percent": 101}, "waves[0].minSuccessPercent"),
        ({"min_success_percent": -1}, "waves[0].minSuccessPercent"),
    ],
)
def test_each_rule_of_a_wave_names_its_field(fields: dict[str, Any], field: str) -> None:
    assert problems(wave(1, **fields)) == {field}


@pytest.mark.parametrize("name", ["", "   ", "x" * 65])
def test_names_have_one_to_64_characters(name: str) -> None:
    assert problems(wave(1), name=name) == {"name"}


def test_a_cycle_is_refused() -> None:
    assert problems(wave(1, depends_on=(3,)), wave(2), wave(3)) == {"waves"}


@given(st.data())
def test_any_plan_that_only_looks_back_is_accepted(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 15))
    earlier = {
        number: data.draw(st.sets(st.integers(1, number - 1))) if number > 1 else set()
        for number in range(1, count + 1)
    }
    waves = [wave(number, depends_on=tuple(needed)) for number, needed in earlier.items()]
    assert problems(*data.draw(st.permutations(waves))) == set()


def test_a_wave_is_written_as_it_is_read() -> None:
    written = msgspec.json.decode(msgspec.json.encode(wave(1).complete()))
    assert set(written) == {field.encode_name for field in msgspec.structs.fields(WaveContent)}
    assert msgspec.convert(written, Wave) == wave(1).complete()
    assert msgspec.convert(written, WaveContent).complete() == wave(1).complete()
