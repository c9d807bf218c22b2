"""What a sync did in several places comes to, how its reasons are made to fit, and where it begins."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.syncs import DIED, RUNNING, SyncRun, SyncTally, as_of, in_turn, shortened, total

FAILURES = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=60), max_size=12)


@pytest.mark.parametrize(("failed", "outcome"), [((), "COMPLETED"), (("1/r",), "PARTIAL"), (("1/r", "2/r"), "FAILED")])
def test_a_run_is_partial_while_one_place_did_not_fail(failed: tuple[str, ...], outcome: str) -> None:
    assert SyncTally(places=2, failures=dict.fromkeys(failed, "x")).outcome == outcome


def test_a_total_has_everything_of_its_parts() -> None:
    one = SyncTally(places=2, seen=10, written=3, removed=1, failures={"1/r": "x"})
    other = SyncTally(places=1, seen=5, written=2, removed=4, failures={"2/r": "y"})
    assert total([one, other]) == SyncTally(3, 15, 5, 5, {"1/r": "x", "2/r": "y"})
    assert total([]) == SyncTally()


@given(FAILURES, st.integers(min_value=0, max_value=400))
def test_reasons_are_cut_to_fit_and_no_place_is_lost(failures: dict[str, str], room: int) -> None:
    kept = shortened(failures, room)
    assert list(kept) == list(failures)
    assert sum(map(len, kept.values())) <= room
    assert all(failures[place].startswith(reason) for place, reason in kept.items())


@given(FAILURES)
def test_reasons_that_fit_are_not_cut(failures: dict[str, str]) -> None:
    assert shortened(failures, sum(map(len, failures.values()))) == failures


def test_short_reasons_are_kept_whole_beside_long_ones() -> None:
    assert shortened({"a": "x" * 100, "b": "short", "c": "y" * 100}, 25) == {"a": "x" * 10, "b": "short", "c": "y" * 10}


def test_a_run_in_which_every_place_was_seen_in_part_is_partial() -> None:
    assert SyncTally(places=1, seen=3, failures={"1/r": "x"}).outcome == "PARTIAL"


AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@given(st.integers(min_value=0, max_value=9), st.integers(min_value=0, max_value=10**6))
def test_a_run_takes_every_place_once_and_the_next_begins_with_the_next(places: int, minutes: int) -> None:
    work, at = list(range(places)), AT + timedelta(minutes=minutes)
    order = in_turn(work, at)
    assert sorted(order) == work
    assert in_turn(work, at + timedelta(minutes=5)) == [*order[1:], *order[:1]]


@pytest.mark.parametrize(("minutes", "outcome"), [(15, RUNNING), (16, DIED)])
def test_a_run_that_goes_on_for_longer_than_any_function_has_died(minutes: int, outcome: str) -> None:
    run = SyncRun("tags", AT, None, RUNNING)
    assert as_of(run, AT + timedelta(minutes=minutes)).outcome == outcome
    assert as_of(SyncRun("tags", AT, AT, "PARTIAL"), AT + timedelta(minutes=minutes)).outcome == "PARTIAL"
