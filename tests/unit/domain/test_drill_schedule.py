"""Scheduled drills: cron in a time zone, across changes of summer time, and blackout windows."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.plans.drill_schedule import blackout_at, forecast_drills, next_drill, schedule_problems
from chalicelib.domain.plans.plans import Blackout, DrillSchedule

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dues(cron: str, zone: str, after: str, count: int) -> list[str]:
    found, moment = [], at(after)
    for _ in range(count):
        due = next_drill(DrillSchedule(cron, zone), moment)
        assert due is not None
        found.append(due.strftime("%Y-%m-%dT%H:%M"))
        moment = due
    return found


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        ("30 3 * * *", "UTC", "2026-01-01T03:30", ["2026-01-02T03:30", "2026-01-03T03:30"]),
        ("0 22 * * SUN", "UTC", "2026-01-01T00:00", ["2026-01-04T22:00", "2026-01-11T22:00"]),
        ("0 22 * * 7", "UTC", "2026-01-01T00:00", ["2026-01-04T22:00"]),
        ("0 8-10/2 1 JAN,JUL *", "UTC", "2026-01-01T09:00", ["2026-01-01T10:00", "2026-07-01T08:00"]),
        # A day of the month or a weekday, as cron has it.
        ("0 0 13 * FRI", "UTC", "2026-01-01T00:00", ["2026-01-02T00:00", "2026-01-09T00:00", "2026-01-13T00:00"]),
        ("0 0 29 2 *", "UTC", "2097-01-01T00:00", ["2104-02-29T00:00"]),
        # The same hour on the wall all year.
        ("0 3 * * *", BERLIN, "2026-03-28T00:00", ["2026-03-28T02:00", "2026-03-29T01:00", "2026-03-30T01:00"]),
        # 02:30 does not exist on 29 March in Berlin: it is 03:30 there.
        ("30 2 * * *", BERLIN, "2026-03-28T12:00", ["2026-03-29T01:30", "2026-03-30T00:30"]),
        # 02:30 occurs twice on 25 October: the first one counts.
        ("30 2 * * *", BERLIN, "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("30 1 * * *", NEW_YORK, "2026-11-01T00:00", ["2026-11-01T05:30", "2026-11-02T06:30"]),
    ],
)
def test_drills_are_due_by_local_time(cron: str, zone: str, after: str, expected: list[str]) -> None:
    assert dues(cron, zone, after, len(expected)) == expected


def test_a_year_has_one_drill_for_each_day_in_every_zone() -> None:
    for zone in (BERLIN, NEW_YORK, "Australia/Lord_Howe", "Asia/Kolkata"):
        for cron in ("30 2 * * *", "0 0 * * *", "45 1 * * *"):
            found = dues(cron, zone, "2026-01-05T00:00", 365)
            assert len(set(found)) == 365
            assert at(found[-1]) - at(found[0]) < timedelta(days=364, hours=2)


@pytest.mark.parametrize(
    ("cron", "reason"),
    [
        ("0 3 * *", "five fields"),
        ("60 3 * * *", "within 0 to 59"),
        ("0 3 * * MONDAY", "is not a number"),
        ("0 3 31 2 *", "never occurs"),
        ("* 3 * * *", "more than one minute"),
        ("0 5-3 * * *", "ends before it begins"),
        ("0 3/0 * * *", "within 0 to 23"),
        ("0 -1 * * *", "not a valid cron field"),
        ("0 *-5 * * *", "not a valid cron field"),
        ("0 3 * * FRI-SUN", "ends before it begins; write it as two"),
        ("\u0663 3 * * *", "not a valid cron field"),
    ],
)
def test_an_invalid_expression_is_refused_with_the_reason(cron: str, reason: str) -> None:
    (problem,) = schedule_problems(DrillSchedule(cron), at("2026-01-01T00:00"))
    assert problem.field == "schedule.cron"
    assert reason in problem.message


@pytest.mark.parametrize(
    ("blackout", "field"),
    [
        (Blackout(), "schedule.blackouts[0]"),
        (Blackout(start=at("2026-01-01T00:00"), weekdays=("MON",)), "schedule.blackouts[0]"),
        (Blackout(start=at("2026-01-02T00:00"), end=at("2026-01-01T00:00")), "schedule.blackouts[0].end"),
        (Blackout(weekdays=("MON",), from_time="8:00"), "schedule.blackouts[0].fromTime"),
    ],
)
def test_an_invalid_blackout_is_refused(blackout: Blackout, field: str) -> None:
    problems = schedule_problems(DrillSchedule("0 3 * * *", blackouts=(blackout,)), at("2026-01-01T00:00"))
    assert [problem.field for problem in problems] == [field]


def test_no_drill_starts_in_a_blackout() -> None:
    freeze = Blackout(start=at("2026-12-20T00:00"), end=at("2027-01-02T00:00"))
    night = Blackout(weekdays=("FRI",), from_time="22:00", to_time="06:00")
    schedule = DrillSchedule("0 3 * * *", BERLIN, (freeze, night))
    assert "2027-01-02" in blackout_at(schedule, at("2026-12-24T03:00"))
    assert not blackout_at(schedule, at("2027-01-02T05:00"))
    # Friday 22:00 in Berlin is 20:00 UTC in summer; the window ends on Saturday at 06:00.
    assert blackout_at(schedule, at("2026-07-03T20:00"))
    assert blackout_at(schedule, at("2026-07-04T03:59"))
    assert not blackout_at(schedule, at("2026-07-04T04:00"))
    assert not blackout_at(schedule, at("2026-07-03T19:59"))


@pytest.mark.parametrize(
    "zone", ["localtime", "posixrules", "Factory", "/etc/localtime", "../UTC", "europe/berlin", "", "EST+5"]
)
def test_only_zones_of_the_tz_database_are_accepted(zone: str) -> None:
    (problem,) = schedule_problems(DrillSchedule("0 3 * * *", zone), at("2026-01-01T00:00"))
    assert problem.field == "schedule.timeZone"
    assert "Europe/Berlin" in problem.message
    assert next_drill(DrillSchedule("0 3 * * *", zone), at("2026-01-01T00:00")) is None


@pytest.mark.parametrize("zone", ["UTC", "Asia/Calcutta", "US/Pacific", "Etc/GMT+5", BERLIN])
def test_canonical_and_older_names_of_zones_are_accepted(zone: str) -> None:
    assert not schedule_problems(DrillSchedule("0 3 * * *", zone), at("2026-01-01T00:00"))


def test_a_forecast_shows_the_next_five_dates_in_local_time_and_in_utc() -> None:
    forecast = forecast_drills(DrillSchedule("0 3 * * SUN", BERLIN), at("2026-03-16T00:00"))
    assert forecast.text == "A drill starts at 03:00 on every Sunday (Europe/Berlin)."
    assert [(date.due_at.isoformat(), date.local_time, date.weekday, date.note) for date in forecast.dates] == [
        ("2026-03-22T02:00:00+00:00", "2026-03-22T03:00:00+01:00[Europe/Berlin]", "SUN", ""),
        ("2026-03-29T01:00:00+00:00", "2026-03-29T03:00:00+02:00[Europe/Berlin]", "SUN", ""),
        ("2026-04-05T01:00:00+00:00", "2026-04-05T03:00:00+02:00[Europe/Berlin]", "SUN", ""),
        ("2026-04-12T01:00:00+00:00", "2026-04-12T03:00:00+02:00[Europe/Berlin]", "SUN", ""),
        ("2026-04-19T01:00:00+00:00", "2026-04-19T03:00:00+02:00[Europe/Berlin]", "SUN", ""),
    ]


def test_a_forecast_says_what_happens_to_a_time_when_clocks_change() -> None:
    schedule = DrillSchedule("30 2 * * *", BERLIN)
    forward, *_ = forecast_drills(schedule, at("2026-03-28T12:00")).dates
    assert forward.local_time == "2026-03-29T03:30:00+02:00[Europe/Berlin]"
    assert "02:30 does not exist on this day" in forward.note
    assert "starts at 03:30" in forward.note
    back, after, *_ = forecast_drills(schedule, at("2026-10-24T12:00")).dates
    assert back.local_time == "2026-10-25T02:30:00+02:00[Europe/Berlin]"
    assert "02:30 occurs twice on this day" in back.note
    assert not after.note
    named_itself, *_ = forecast_drills(DrillSchedule("30 2,3 * * *", BERLIN), at("2026-03-28T12:00")).dates
    assert not named_itself.note


def test_a_forecast_says_which_drills_a_blackout_will_skip() -> None:
    freeze = Blackout(start=at("2026-12-20T00:00"), end=at("2026-12-22T00:00"))
    dates = forecast_drills(DrillSchedule("0 3 * * *", "UTC", (freeze,)), at("2026-12-19T00:00")).dates
    assert ["will be skipped" in date.note for date in dates] == [False, True, True, False, False]


def test_a_rare_date_is_found_and_a_forecast_shows_only_the_dates_that_exist() -> None:
    """29 February is a Sunday every 28 years, and 40 years apart around 2100."""
    schedule = DrillSchedule("0 3 29 2 */7")
    assert not schedule_problems(schedule, at("2088-03-01T00:00"))
    assert [date.due_at.year for date in forecast_drills(schedule, at("2088-03-01T00:00")).dates] == [2128]
