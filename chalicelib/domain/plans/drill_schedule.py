"""When scheduled drills are due: a cron expression in a time zone, and blackout windows.

A time that the change to summer time skips is moved forward by that change, and a time that occurs twice counts the
first time only. So each time in a schedule has exactly one drill.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from ..errors import FieldProblem
from .cron import DAYS, Cron, describe_cron, parse_cron
from .plans import Blackout, DrillSchedule

LATE_BY = timedelta(hours=1)
"""A drill that could not start within this time after it was due is skipped."""

SHOWN_DATES = 5
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_SEARCHED_DAYS = 366 * 41  # a 29 February on a certain weekday can be forty years away
_MACHINE_ZONES = {"localtime", "posixrules", "Factory"}
"""Names among the zone files that mean a setting of the machine, or no zone at all."""


class DrillDate(msgspec.Struct, frozen=True, rename="camel"):
    """A time at which a drill is due. ``note`` says what is special about it, empty if nothing is.

    ``localTime`` has the offset from UTC and the zone (RFC 9557).
    """

    due_at: datetime
    local_time: str
    weekday: str
    note: str = ""


class DrillForecast(msgspec.Struct, frozen=True, rename="camel"):
    """What a schedule means: ``text`` in words, and the next five times, fewer if there are not that many."""

    text: str
    dates: tuple[DrillDate, ...]


def schedule_problems(schedule: DrillSchedule | None, after: datetime) -> list[FieldProblem]:
    """Everything wrong with a schedule, each with its field; ``after`` is now."""
    if schedule is None:
        return []
    problems: list[FieldProblem] = []
    zone = find_zone(schedule.time_zone)
    if zone is None:
        problems.append(
            FieldProblem(
                "schedule.timeZone", f"'{schedule.time_zone}' is not an IANA time zone; name one such as Europe/Berlin"
            )
        )
    try:
        cron = parse_cron(schedule.cron)
        if len(cron.minutes) > 1:
            problems.append(FieldProblem("schedule.cron", "names more than one minute of the hour; name exactly one"))
        elif next(_occurrences(cron, zone or ZoneInfo("UTC"), after), None) is None:
            problems.append(FieldProblem("schedule.cron", "names a date that never occurs"))
    except ValueError as error:
        problems.append(FieldProblem("schedule.cron", str(error)))
    for index, blackout in enumerate(schedule.blackouts):
        problems += _blackout_problems(f"schedule.blackouts[{index}]", blackout)
    return problems


def next_drill(schedule: DrillSchedule, after: datetime) -> datetime | None:
    """The first due time after a moment, in UTC; one in a blackout is skipped only when it is due."""
    zone = find_zone(schedule.time_zone)
    if zone is None:
        return None
    due = next(_occurrences(parse_cron(schedule.cron), zone, after), None)
    return due.moment if due else None


def blackout_at(schedule: DrillSchedule, moment: datetime) -> str:
    """Why no drill may start at this moment; empty if one may."""
    zone = find_zone(schedule.time_zone) or ZoneInfo("UTC")
    for blackout in schedule.blackouts:
        if blackout.start and blackout.end and blackout.start <= moment < blackout.end:
            return f"A blackout is in effect from {blackout.start.isoformat()} until {blackout.end.isoformat()}."
        if blackout.weekdays and _in_window(blackout, moment.astimezone(zone)):
            days = ", ".join(blackout.weekdays)
            return (
                f"A blackout is in effect on {days}, {blackout.from_time} to {blackout.to_time} ({schedule.time_zone})."
            )
    return ""


def find_zone(name: str) -> ZoneInfo | None:
    """The time zone with this name in the tz database; None if there is none."""
    return ZoneInfo(name) if name in _zone_names() else None


def forecast_drills(schedule: DrillSchedule, after: datetime) -> DrillForecast:
    """What the schedule means in words, and the next times after a moment."""
    cron, zone = parse_cron(schedule.cron), find_zone(schedule.time_zone)
    if zone is None:
        return DrillForecast(f"No drill starts, because '{schedule.time_zone}' is not an IANA time zone.", ())
    dates = tuple(_date(schedule, zone, due) for due in islice(_occurrences(cron, zone, after), SHOWN_DATES))
    return DrillForecast(f"A drill starts {describe_cron(cron)} ({schedule.time_zone}).", dates)


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones() - _MACHINE_ZONES)


class _Due(msgspec.Struct, frozen=True):
    """A moment in UTC, and the time on the wall that the schedule names for it."""

    moment: datetime
    named: datetime


def _occurrences(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[_Due]:
    first = after.astimezone(zone).date()
    for offset in range(_SEARCHED_DAYS):
        day = first + timedelta(days=offset)
        if cron.has(day):
            found = _times_of(cron, zone, day)
            yield from (_Due(moment, found[moment]) for moment in sorted(found) if moment > after)


def _times_of(cron: Cron, zone: ZoneInfo, day: date) -> dict[datetime, datetime]:
    """The moments of a day, each with its time on the wall. A later time takes the place of an earlier one's."""
    named = [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
        for hour in sorted(cron.hours)
        for minute in sorted(cron.minutes)
    ]
    return {time.astimezone(UTC): time for time in named}


def _date(schedule: DrillSchedule, zone: ZoneInfo, due: _Due) -> DrillDate:
    local = due.moment.astimezone(zone)
    notes = [_clock_note(local, due.named)]
    blackout = blackout_at(schedule, due.moment)
    if blackout:
        notes.append(f"This drill will be skipped. {blackout}")
    return DrillDate(
        due.moment,
        f"{local.isoformat()}[{schedule.time_zone}]",
        DAYS[local.isoweekday() % 7],
        " ".join(note for note in notes if note),
    )


def _clock_note(local: datetime, named: datetime) -> str:
    """What a change of the clocks does to this time; empty if nothing."""
    if (local.hour, local.minute) != (named.hour, named.minute):
        return (
            f"{named:%H:%M} does not exist on this day, because clocks go forward; the drill starts at {local:%H:%M}."
        )
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        return f"{local:%H:%M} occurs twice on this day, because clocks go back; the drill starts the first time."
    return ""


def _blackout_problems(path: str, blackout: Blackout) -> list[FieldProblem]:
    by_dates = blackout.start is not None or blackout.end is not None
    if by_dates == bool(blackout.weekdays):
        return [FieldProblem(path, "must have either start and end, or weekdays")]
    if by_dates:
        moments = (blackout.start, blackout.end)
        if any(moment is None or moment.tzinfo is None for moment in moments):
            return [FieldProblem(path, "start and end must both be given, with their offset from UTC")]
        return [] if blackout.start < blackout.end else [FieldProblem(f"{path}.end", "must be after start")]  # type: ignore[operator]
    problems = [
        FieldProblem(f"{path}.weekdays", f"'{day}' is not one of {', '.join(DAYS)}")
        for day in blackout.weekdays
        if day not in DAYS
    ]
    for field, text in (("fromTime", blackout.from_time), ("toTime", blackout.to_time)):
        if not _TIME.fullmatch(text):
            problems.append(FieldProblem(f"{path}.{field}", f"must be HH:MM; it is '{text}'"))
    return problems


def _in_window(blackout: Blackout, local: datetime) -> bool:
    clock = local.strftime("%H:%M")
    today = DAYS[local.isoweekday() % 7]
    yesterday = DAYS[(local.isoweekday() - 1) % 7]
    if blackout.from_time < blackout.to_time:
        return today in blackout.weekdays and blackout.from_time <= clock < blackout.to_time
    return (today in blackout.weekdays and clock >= blackout.from_time) or (
        yesterday in blackout.weekdays and clock < blackout.to_time
    )
