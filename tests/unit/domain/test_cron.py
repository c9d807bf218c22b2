"""Cron expressions: which days match, by cronie's rules, and what they mean in words."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plans.cron import describe_cron, parse_cron

YEAR = [date(2026, 1, 1) + timedelta(days=offset) for offset in range(365)]


def days_of(cron: str) -> set[date]:
    parsed = parse_cron(cron)
    return {day for day in YEAR if parsed.has(day)}


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    """Cron fields of every form."""
    number = st.integers(low, high)
    ranges = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    steps = st.integers(1, 7)
    stepped = st.tuples(st.one_of(st.just("*"), ranges), steps).map(lambda part: f"{part[0]}/{part[1]}")
    part = st.one_of(st.just("*"), number.map(str), ranges, stepped)
    return st.lists(part, min_size=1, max_size=3).map(",".join)


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        # A field that begins with a star: both must match.
        ("0 3 */2 * FRI", lambda day: day.day % 2 == 1 and day.isoweekday() == 5),
        ("0 3 1-7 * */7", lambda day: day.day <= 7 and day.isoweekday() == 7),
        ("0 3 *,5 * FRI", lambda day: day.isoweekday() == 5),
        ("0 3 */1 * FRI", lambda day: day.isoweekday() == 5),
        # None begins with one: either is enough, also where one of them covers every day.
        ("0 3 13 * FRI", lambda day: day.day == 13 or day.isoweekday() == 5),
        ("0 3 1-31/2 * FRI", lambda day: day.day % 2 == 1 or day.isoweekday() == 5),
        ("0 3 1-31 * FRI", lambda day: True),
        ("0 3 5,* * FRI", lambda day: True),
        ("0 3 13 JUN 0-7", lambda day: day.month == 6),
    ],
)
def test_days_match_as_in_cronie(cron: str, expected: object) -> None:
    assert callable(expected)
    assert days_of(cron) == {day for day in YEAR if expected(day)}


@given(fields(1, 31), fields(1, 12), fields(0, 7))
def test_any_expression_matches_the_days_that_its_fields_match_alone(day: str, month: str, weekday: str) -> None:
    by_day, by_month, by_weekday = days_of(f"0 0 {day} * *"), days_of(f"0 0 * {month} *"), days_of(f"0 0 * * {weekday}")
    star = day.startswith("*") or weekday.startswith("*")
    expected = by_month & ((by_day & by_weekday) if star else (by_day | by_weekday))
    assert days_of(f"0 0 {day} {month} {weekday}") == expected


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 3 * * *", "at 03:00 on every day"),
        ("30 * * * *", "every hour at minute 30 on every day"),
        ("0 22 * * SUN", "at 22:00 on every Sunday"),
        ("15 8-12/2 * * MON,WED,FRI", "at 08:15, 10:15 and 12:15 on every Monday, Wednesday and Friday"),
        ("0 3 1,15 1,7 *", "at 03:00 on day 1 and 15 of the month in January and July"),
        ("0 3 13 * FRI", "at 03:00 on day 13 of the month, and on every Friday"),
        ("0 3 1-31 * FRI", "at 03:00 on every day"),
        ("0 3 1-7 * */7", "at 03:00 on every Sunday that is day 1 to 7 of the month"),
        ("0 3 */10 * MON,FRI", "at 03:00 on every Monday or Friday that is day 1, 11, 21 or 31 of the month"),
    ],
)
def test_an_expression_is_described_in_words(cron: str, words: str) -> None:
    assert describe_cron(parse_cron(cron)) == words


@given(fields(1, 31), fields(0, 7))
def test_the_words_say_and_only_where_either_field_is_enough(day: str, weekday: str) -> None:
    cron = f"0 3 {day} * {weekday}"
    words = describe_cron(parse_cron(cron))
    both, either = "that is day" in words, "of the month, and on every" in words
    by_day, by_weekday = days_of(f"0 0 {day} * *"), days_of(f"0 0 * * {weekday}")
    assert days_of(cron) == (by_day & by_weekday if both else by_day | by_weekday if either else days_of(cron))
    if "every day" in words:
        assert days_of(cron) == set(YEAR)
