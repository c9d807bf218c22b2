"""Figures of past executions: how they ended week by week, and the instances that drills have left."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from .records import Execution, Mode

OUTCOMES_OVER = timedelta(days=90)
MOST_LEFT_OVER = 50
"""The most drills that are listed; all of them are counted."""


class WeekOutcomes(msgspec.Struct, frozen=True, rename="camel"):
    """How many executions that started in a week, from its Monday on (UTC), ended in which status."""

    monday: date
    mode: Mode
    ended: dict[str, int]


class LeftOverDrill(msgspec.Struct, frozen=True, rename="camel"):
    """A drill that has ended and whose instances still exist. ``cleanupAt`` is when the plan's policy ends them."""

    execution_id: str
    plan_id: str
    plan_name: str
    ended_at: datetime | None
    instance_count: int
    cleanup_at: datetime | None


class OutcomeFigures(msgspec.Struct, frozen=True, rename="camel"):
    """Of executions that started at ``since`` or later. ``leftOver`` are the oldest of ``leftOverCount`` drills."""

    since: datetime
    weeks: tuple[WeekOutcomes, ...]
    left_over: tuple[LeftOverDrill, ...]
    left_over_count: int
    left_over_instances: int


def outcome_figures(executions: Iterable[Execution], since: datetime) -> OutcomeFigures:
    """The figures of executions that started since then; those that have not ended do not count."""
    ended = [each for each in executions if each.status.is_final and each.started_at >= since]
    by_week: dict[tuple[date, Mode], Counter[str]] = {}
    for each in ended:
        by_week.setdefault((_monday(each.started_at), each.mode), Counter())[each.status.value] += 1
    left = [_left_over(each) for each in sorted(ended, key=lambda each: each.started_at) if _instances_of(each)]
    return OutcomeFigures(
        since=since,
        weeks=tuple(WeekOutcomes(monday, mode, dict(by_week[monday, mode])) for monday, mode in sorted(by_week)),
        left_over=tuple(left[:MOST_LEFT_OVER]),
        left_over_count=len(left),
        left_over_instances=sum(each.instance_count for each in left),
    )


def _monday(moment: datetime) -> date:
    return moment.date() - timedelta(days=moment.weekday())


def _instances_of(execution: Execution) -> int:
    """How many instances of a drill still exist, as far as its servers are counted."""
    if execution.mode is not Mode.DRILL or execution.counts is None:
        return 0
    return execution.counts.with_instance


def _left_over(drill: Execution) -> LeftOverDrill:
    return LeftOverDrill(
        execution_id=drill.execution_id,
        plan_id=drill.plan_id,
        plan_name=drill.plan_name,
        ended_at=drill.ended_at,
        instance_count=_instances_of(drill),
        cleanup_at=drill.cleanup_at,
    )
