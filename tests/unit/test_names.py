"""Which names are equal, and which claims are binding."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.unique_claims import CHANGE_ABANDONED_AFTER, binds, change_mark, is_live_change
from chalicelib.domain.text import name_key, name_problems

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
moments = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 — hypothesis adds it


@pytest.mark.parametrize("other", ["Web", " web ", "WEB"])
def test_case_and_outer_spaces_do_not_distinguish_names(other: str) -> None:
    assert name_key(other) == name_key("web")


@pytest.mark.parametrize(
    ("name", "fits"),
    [("x", True), ("x" * 64, True), (" x ", True), ("", False), ("  ", False), ("x" * 65, False)],
)
def test_names_have_one_to_64_characters(name: str, fits: bool) -> None:
    assert (name_problems(name) == []) is fits


@given(moments, moments, st.text(), st.text())
def test_marks_sort_by_time(one: datetime, other: datetime, first: str, second: str) -> None:
    if one != other:
        assert (change_mark(one, first) < change_mark(other, second)) is (one < other)


@pytest.mark.parametrize(("age", "live"), [(DAY * 0, True), (CHANGE_ABANDONED_AFTER, True), (DAY, False)])
def test_a_change_is_abandoned_when_no_function_can_still_be_working_on_it(age: timedelta, live: bool) -> None:
    assert is_live_change(change_mark(NOW - age, "x"), NOW) is live


@pytest.mark.parametrize(
    ("wanted", "age", "binding"),
    [
        (["s-1"], None, True),
        (["s-2"], None, False),
        (None, None, False),
        (None, timedelta(0), True),
        (["s-2"], timedelta(0), True),
        (["s-2"], timedelta(days=1), False),
        (["s-1"], timedelta(days=1), True),
    ],
)
def test_a_claim_binds_while_its_holder_wants_it_or_is_being_changed(
    wanted: list[str] | None, age: timedelta | None, binding: bool
) -> None:
    assert binds(wanted, "s-1", None if age is None else change_mark(NOW - age, "x"), NOW) is binding
