"""Starts the scheduled functions at their times, as EventBridge would."""

import logging
import re
import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.lambda_runtime import InvocationResult, LambdaRuntime, Schedule

LOG = logging.getLogger(__name__)

_RATE = re.compile(r"^rate\((\d+) (minute|hour|day)s?\)$")
_CRON = re.compile(r"^cron\((.+)\)$")
_UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# A cron expression without a time in this period is refused as one that never comes.
_SEARCHED_DAYS = 366 * 4


class Scheduler:
    """One thread that starts functions, in real time whatever the emulator's speed."""

    def __init__(self, runtime: LambdaRuntime, *, account: str, region: str) -> None:
        self._runtime, self._account, self._region = runtime, account, region
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="local-scheduler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def rule_name(self, schedule: Schedule) -> str:
        return self._runtime.project.deployed_name(schedule.function)

    def register_rules(self, events: Any) -> None:
        """Put the rules and their targets into EventBridge, for inspection only: they start nothing there."""
        for schedule in self._runtime.schedules:
            name = self.rule_name(schedule)
            events.put_rule(
                Name=name, ScheduleExpression=schedule.expression, Description=schedule.description, State="ENABLED"
            )
            events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": self._runtime.arn(schedule.function)}])

    def run_now(self, function: str) -> InvocationResult:
        """Run a scheduled function with the event it would get, and wait for it. Raises KeyError when there is none."""
        schedule = {schedule.function: schedule for schedule in self._runtime.schedules}[function]
        return self._runtime.invoke(function, self._event(schedule))

    def _run(self) -> None:
        due = [(next_time(schedule.expression, after=_now()), schedule) for schedule in self._runtime.schedules]
        while due and not self._stopped.is_set():
            due.sort(key=lambda entry: entry[0])
            moment, schedule = due[0]
            if self._stopped.wait(max(0.0, (moment - _now()).total_seconds())):
                return
            self._runtime.invoke_later(schedule.function, self._event(schedule))
            due[0] = (next_time(schedule.expression, after=moment), schedule)

    def _event(self, schedule: Schedule) -> dict[str, Any]:
        rule = f"arn:aws:events:{self._region}:{self._account}:rule/{self.rule_name(schedule)}"
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._account,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "region": self._region,
            "resources": [rule],
            "detail": {},
        }


def next_time(expression: str, *, after: datetime) -> datetime:
    """When a `rate(…)` or `cron(…)` expression of EventBridge comes next. Raises ValueError when it never does."""
    rate = _RATE.match(expression)
    if rate:
        return after + timedelta(seconds=int(rate[1]) * _UNIT_SECONDS[rate[2]])
    cron = _CRON.match(expression)
    if cron is None:
        raise ValueError(f"{expression!r} is neither rate(…) nor cron(…).")
    return _Cron.parse(cron[1]).next_after(after)


@dataclass(frozen=True)
class _Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> "_Cron":
        fields = text.split()
        if len(fields) != 6:
            raise ValueError(f"cron({text}) needs six fields: minutes hours day-of-month month day-of-week year.")
        minutes, hours, days, months, weekdays, years = fields
        return cls(
            _values(minutes, 0, 59),
            _values(hours, 0, 23),
            _values(days, 1, 31),
            _values(months, 1, 12, _MONTHS),
            # EventBridge counts Sunday as 1.
            _values(weekdays, 1, 7, _DAYS),
            _values(years, 1970, 2199),
        )

    def next_after(self, moment: datetime) -> datetime:
        day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        for _ in range(_SEARCHED_DAYS):
            if self._has(day):
                for hour in sorted(self.hours):
                    for minute in sorted(self.minutes):
                        candidate = day.replace(hour=hour, minute=minute)
                        if candidate > moment:
                            return candidate
            day += timedelta(days=1)
        raise ValueError("This cron expression names no time in the next four years.")

    def _has(self, day: datetime) -> bool:
        weekday = day.isoweekday() % 7 + 1
        return day.year in self.years and day.month in self.months and day.day in self.days and weekday in self.weekdays


def _values(field: str, low: int, high: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            start, _, end = span.partition("-")
            first = _number(start, names)
            last = _number(end, names) if end else (high if step else first)
        if not low <= first <= last <= high:
            raise ValueError(f"{part!r} is not between {low} and {high}.")
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, names: tuple[str, ...]) -> int:
    return names.index(text.upper()) + 1 if text.upper() in names else int(text)


def _now() -> datetime:
    return datetime.now(tz=UTC)
