"""Which recovery point a server is launched from."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.estate.recovery_points import LATEST, RecoveryPoint, choose_at, read_wish, skew_of
from tests.unit.domain.records import NOON, after, server_id


def _point(seconds: float) -> RecoveryPoint:
    return RecoveryPoint(f"pit-{seconds}", server_id(1), after(seconds))


@given(st.lists(st.integers(-10_000, 10_000), max_size=40), st.integers(-10_000, 10_000))
def test_the_newest_that_is_not_after_the_moment_is_chosen(ages: list[int], moment: int) -> None:
    chosen = choose_at([_point(age) for age in ages], after(moment))
    allowed = [age for age in ages if age <= moment]
    assert (chosen.at if chosen else None) == (after(max(allowed)) if allowed else None)


def test_the_skew_is_between_the_oldest_and_the_newest() -> None:
    assert skew_of([_point(60), _point(0), _point(30)]) == timedelta(seconds=60)
    assert skew_of([]) is None


def test_latest_needs_no_lookup() -> None:
    assert not read_wish(LATEST, {}, NOON).concerns(server_id(1))


@pytest.mark.parametrize("moment", ["2026-03-01T11:00:00Z", "2026-03-01T12:00:00+01:00"])
def test_a_moment_may_be_given_in_any_zone(moment: str) -> None:
    assert read_wish(moment, {}, NOON).moment == datetime.fromisoformat("2026-03-01T11:00:00+00:00")


def test_a_moment_and_named_points_exclude_each_other() -> None:
    with pytest.raises(InvalidRequest, match="cannot be combined"):
        read_wish("2026-03-01T11:00:00Z", {server_id(1): "pit-" + "0" * 17}, NOON)
