"""Five-field cron expressions: what they mean, as a rule and in words. The rules are cronie's.

Day-of-month and day-of-week: if either field begins with ``*``, also as ``*/2``, a day must match both; otherwise it
must match one of them (cronie, ``src/entry.c`` and ``src/cron.c``).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_RANGES = ((0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, _MONTHS), (0, 7, DAYS))
_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?", re.ASCII)


class Cron(msgspec.Struct, frozen=True):
    """The values of each field. ``both``: a day must match ``days`` and ``weekdays`` (0 is Sunday), not one of them."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    both: bool

    def has(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (by_day and by_weekday) if self.both else (by_day or by_weekday)


def parse_cron(text: str) -> Cron:
    """Parses a cron expression; raises ValueError with what is wrong."""
    fields = text.split()
    if len(fields) != len(_RANGES):
        raise ValueError(f"must have five fields (minute hour day-of-month month day-of-week); it has {len(fields)}")
    minutes, hours, days, months, weekdays = (
        _values(field, low, high, names) for field, (low, high, names) in zip(fields, _RANGES, strict=True)
    )
    both = fields[2].startswith("*") or fields[4].startswith("*")
    return Cron(minutes, hours, days, months, frozenset(value % 7 for value in weekdays), both)


def describe_cron(cron: Cron) -> str:
    """The expression in words, for example ``at 03:00 on every Friday that is day 1 to 7 of the month``."""
    return " ".join(part for part in (_times(cron), _days(cron), _months(cron)) if part)


def _values(field: str, low: int, high: int, names: Sequence[str]) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None or (match["first"] == "*" and match["last"]):
            raise ValueError(f"'{part}' is not a valid cron field")
        if match["first"] == "*":
            first, last = low, high
        else:
            first = _number(match["first"], low, names)
            last = _number(match["last"], low, names) if match["last"] else (high if match["step"] else first)
        step = int(match["step"] or 1)
        if not (low <= first <= high and low <= last <= high and step):
            raise ValueError(f"'{part}' is not within {low} to {high}")
        if first > last:
            raise ValueError(f"'{part}' is a range that ends before it begins; write it as two, such as FRI-SAT,SUN")
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(text: str, low: int, names: Sequence[str]) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + low
    if not text.isdecimal():
        raise ValueError(f"'{text}' is not a number")
    return int(text)


def _times(cron: Cron) -> str:
    if len(cron.hours) == 24:
        return f"every hour at minute {_series(map(str, sorted(cron.minutes)))}"
    times = (f"{hour:02}:{minute:02}" for hour in sorted(cron.hours) for minute in sorted(cron.minutes))
    return f"at {_series(times)}"


def _days(cron: Cron) -> str:
    any_day, any_weekday = len(cron.days) == 31, len(cron.weekdays) == 7
    if (any_day and any_weekday) or (not cron.both and (any_day or any_weekday)):
        return "on every day"
    weekdays = f"on every {_series(_DAY_NAMES[day] for day in sorted(cron.weekdays))}"
    if any_day:
        return weekdays
    days = _runs(cron.days)
    on_days = f"on day {_series(days)} of the month"
    if any_weekday:
        return on_days
    if cron.both:
        joined = _series((_DAY_NAMES[day] for day in sorted(cron.weekdays)), "or")
        return f"on every {joined} that is day {_series(days, 'or')} of the month"
    return f"{on_days}, and {weekdays}"


def _months(cron: Cron) -> str:
    return "" if len(cron.months) == 12 else f"in {_series(_MONTH_NAMES[month - 1] for month in sorted(cron.months))}"


def _runs(numbers: Iterable[int]) -> list[str]:
    """``1, 2, 3, 9`` as ``1 to 3`` and ``9``."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [
        word
        for run in runs
        for word in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(number) for number in run])
    ]


def _series(words: Iterable[str], last: str = "and") -> str:
    """``a, b and c``."""
    *first, final = words
    return f"{', '.join(first)} {last} {final}" if first else final
