"""Cycles and longest paths of wave graphs."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plans.graph import find_cycle, longest_path

Needs = dict[int, tuple[int, ...]]


@st.composite
def acyclic(draw: st.DrawFn) -> Needs:
    """Graphs in which each number depends only on lower ones."""
    count = draw(st.integers(1, 12))
    return {
        number: tuple(draw(st.sets(st.integers(1, number - 1)))) if number > 1 else () for number in range(1, count + 1)
    }


@given(acyclic())
def test_a_graph_that_only_looks_back_has_no_cycle(needs: Needs) -> None:
    assert find_cycle(needs) == []


@given(acyclic(), st.data())
def test_a_cycle_is_found_and_really_is_one(needs: Needs, data: st.DataObject) -> None:
    chain = data.draw(st.lists(st.sampled_from(sorted(needs)), min_size=1, unique=True))
    looped = dict(needs)
    for number, needed in zip(chain, [*chain[1:], chain[0]], strict=True):
        looped[number] = (*looped[number], needed)
    cycle = find_cycle(looped)
    assert cycle[0] == cycle[-1]
    assert len(cycle) > 1
    assert all(needed in looped[number] for number, needed in pairwise(cycle))


@given(st.dictionaries(st.integers(1, 9), st.lists(st.integers(1, 12), max_size=4).map(tuple), max_size=9))
def test_any_graph_has_either_a_cycle_or_an_order(needs: Needs) -> None:
    cycle = find_cycle(needs)
    if cycle:
        assert all(needed in needs[number] for number, needed in pairwise(cycle))
    else:
        assert order_exists(needs)


@given(acyclic(), st.data())
def test_no_path_is_longer_than_the_longest(needs: Needs, data: st.DataObject) -> None:
    length = {number: data.draw(st.integers(0, 100)) for number in needs}
    path = longest_path(needs, length)
    assert all(before in needs[after] for before, after in pairwise(path))
    assert sum(length[number] for number in path) == max(sum(length[step] for step in way) for way in all_paths(needs))


def test_the_longest_path_of_nothing_is_nothing() -> None:
    assert longest_path({}, {}) == []


def test_the_largest_plan_that_is_allowed_can_be_measured() -> None:
    needs = {number: (number - 1,) if number > 1 else () for number in range(1, 201)}
    assert longest_path(needs, dict.fromkeys(needs, 1.0)) == list(range(1, 201))
    assert find_cycle(needs) == []


def order_exists(needs: Needs) -> bool:
    left = {number: {step for step in steps if step in needs} for number, steps in needs.items()}
    while left:
        ready = {number for number, steps in left.items() if not steps}
        if not ready:
            return False
        left = {number: steps - ready for number, steps in left.items() if number not in ready}
    return True


def all_paths(needs: Needs) -> list[list[int]]:
    ending_at: dict[int, list[list[int]]] = {}
    for number in sorted(needs):
        before = [way for step in needs[number] for way in ending_at[step]]
        ending_at[number] = [[number], *([*way, number] for way in before)]
    return [way for ways in ending_at.values() for way in ways]
