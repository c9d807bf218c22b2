"""When scheduled drills are due: five-field cron expressions in a time zone, and blackout windows.

A time that the change to summer time skips is moved forward by that change, and a time that occurs twice counts the
first time only. So each time in a schedule has exactly one drill.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from ..errors import FieldProblem
from .plans import Blackout, DrillSchedule

LATE_BY = timedelta(hours=1)
"""A drill that could not start within this time after it was due is skipped."""

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_RANGES = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, _MONTHS), (0, 7, _DAYS))
_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
_SEARCHED_DAYS = 366 * 9  # 29 February can be eight years away


class _Cron(msgspec.Struct, frozen=True):
    """``days`` or ``weekdays`` None: any. If both are given, a day matches if either does, as in cron."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None

    def has(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        wanted = [
            given
            for given in (
                None if self.days is None else day.day in self.days,
                None if self.weekdays is None else day.isoweekday() % 7 in self.weekdays,
            )
            if given is not None
        ]
        return any(wanted) if wanted else True


def schedule_problems(schedule: DrillSchedule | None, after: datetime) -> list[FieldProblem]:
    """Everything wrong with a schedule, each with its field; ``after`` is now."""
    if schedule is None:
        return []
    problems: list[FieldProblem] = []
    zone = find_zone(schedule.time_zone)
    if zone is None:
        problems.append(
            FieldProblem("schedule.timeZone", f"'{schedule.time_zone}' is not an IANA time zone such as Europe/Berlin")
        )
    try:
        cron = _parse(schedule.cron)
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
    return next(_occurrences(_parse(schedule.cron), zone, after), None) if zone else None


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
    """The time zone with this name; None if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _occurrences(cron: _Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    first = after.astimezone(zone).date()
    for offset in range(_SEARCHED_DAYS):
        day = first + timedelta(days=offset)
        if not cron.has(day):
            continue
        moments = {
            datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
            for hour in cron.hours
            for minute in cron.minutes
        }
        yield from sorted(moment for moment in moments if moment > after)


def _parse(text: str) -> _Cron:
    """Parses a cron expression; raises ValueError with what is wrong."""
    fields = text.split()
    if len(fields) != len(_RANGES):
        raise ValueError(f"must have five fields (minute hour day-of-month month day-of-week); it has {len(fields)}")
    minutes, hours, days, months, weekdays = (
        _values(field, low, high, names) for field, (low, high, names) in zip(fields, _RANGES, strict=True)
    )
    return _Cron(
        minutes,
        hours,
        None if fields[2] == "*" else days,
        months,
        None if fields[4] == "*" else frozenset(value % 7 for value in weekdays),
    )


def _values(field: str, low: int, high: int, names: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"'{part}' is not a valid cron field")
        if match["first"] == "*":
            first, last = low, high
        else:
            first = _number(match["first"], low, names)
            last = _number(match["last"], low, names) if match["last"] else (high if match["step"] else first)
        step = int(match["step"] or 1)
        if not (low <= first <= last <= high and step):
            raise ValueError(f"'{part}' is not within {low} to {high}")
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + low
    if not text.isdecimal():
        raise ValueError(f"'{text}' is not a number")
    return int(text)


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
        FieldProblem(f"{path}.weekdays", f"'{day}' is not one of {', '.join(_DAYS)}")
        for day in blackout.weekdays
        if day not in _DAYS
    ]
    for field, text in (("fromTime", blackout.from_time), ("toTime", blackout.to_time)):
        if not _TIME.fullmatch(text):
            problems.append(FieldProblem(f"{path}.{field}", f"must be HH:MM; it is '{text}'"))
    return problems


def _in_window(blackout: Blackout, local: datetime) -> bool:
    clock = local.strftime("%H:%M")
    today = _DAYS[local.isoweekday() % 7]
    yesterday = _DAYS[(local.isoweekday() - 1) % 7]
    if blackout.from_time < blackout.to_time:
        return today in blackout.weekdays and blackout.from_time <= clock < blackout.to_time
    return (today in blackout.weekdays and clock >= blackout.from_time) or (
        yesterday in blackout.weekdays and clock < blackout.to_time
    )
