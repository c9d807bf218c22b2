"""Figures of past executions: outcomes by week, drills with instances left, and how old the drills of plans are."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.estate.figures import FigureName, KeptFigures, read_kept
from chalicelib.domain.plans.drill_ages import DrillFigures, drill_figures
from chalicelib.domain.plans.plans import ApprovalPolicy, RecoveryPlan
from chalicelib.domain.runs.counts import ServerCounts
from chalicelib.domain.runs.figures import outcome_figures
from chalicelib.domain.runs.records import Execution, ExecutionStatus, Mode

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TARGET = timedelta(days=90)
SINCE = NOW - timedelta(days=90)


def execution(status: ExecutionStatus = ExecutionStatus.COMPLETED, **changes: Any) -> Execution:
    made = Execution(
        execution_id="exec-1",
        plan_id="plan-1",
        plan_version=1,
        plan_name="Storefront",
        mode=Mode.DRILL,
        status=status,
        started_at=NOW - timedelta(days=1),
        initiated_by="operator",
        ended_at=NOW if status.is_final else None,
    )
    return msgspec.structs.replace(made, **changes)


def plan(plan_id: str, created_at: datetime) -> RecoveryPlan:
    return RecoveryPlan(
        plan_id=plan_id,
        version=1,
        name=plan_id,
        description="",
        owner="",
        rto_minutes=None,
        rpo_minutes=None,
        waves=(),
        approval=ApprovalPolicy(),
        created_at=created_at,
        created_by="",
        updated_at=created_at,
        updated_by="",
    )


@given(st.lists(st.tuples(st.sampled_from(ExecutionStatus), st.sampled_from(Mode), st.integers(-60, 10**7))))
def test_each_execution_that_has_ended_counts_in_one_week(drawn: list[tuple[ExecutionStatus, Mode, int]]) -> None:
    runs = [execution(status, mode=mode, started_at=SINCE + timedelta(seconds=at)) for status, mode, at in drawn]
    weeks = outcome_figures(runs, SINCE).weeks
    counted = [run for run in runs if run.status.is_final and run.started_at >= SINCE]
    assert sum(sum(week.ended.values()) for week in weeks) == len(counted)
    assert [(week.monday, week.mode) for week in weeks] == sorted({(week.monday, week.mode) for week in weeks})
    assert {week.monday.weekday() for week in weeks} <= {0}
    assert {run.started_at.date() - timedelta(days=run.started_at.weekday()) for run in counted} == {
        week.monday for week in weeks
    }


def test_outcomes_are_counted_by_week_and_mode() -> None:
    failed = execution(ExecutionStatus.FAILED, mode=Mode.RECOVERY, started_at=NOW - timedelta(days=8))
    figures = outcome_figures([execution(), execution(), failed], SINCE)
    assert [(week.monday, week.mode, week.ended) for week in figures.weeks] == [
        (date(2026, 2, 23), Mode.RECOVERY, {ExecutionStatus.FAILED: 1}),
        (date(2026, 3, 2), Mode.DRILL, {ExecutionStatus.COMPLETED: 2}),
    ]


def test_drills_that_have_ended_and_left_instances_are_listed() -> None:
    left = execution(execution_id="left", counts=ServerCounts(launched=2, validated=3, failed=1))
    gone = execution(execution_id="gone", counts=ServerCounts(terminated=5))
    recovery = execution(execution_id="recovery", mode=Mode.RECOVERY, counts=ServerCounts(launched=4))
    running = execution(ExecutionStatus.IN_PROGRESS, execution_id="running", counts=ServerCounts(launched=4))
    figures = outcome_figures([left, gone, recovery, running, execution()], SINCE)
    assert [(each.execution_id, each.instance_count) for each in figures.left_over] == [("left", 5)]
    assert (figures.left_over_count, figures.left_over_instances) == (1, 5)


def test_plans_are_ordered_by_when_their_next_drill_is_overdue() -> None:
    old, new = NOW - timedelta(days=200), NOW - timedelta(days=1)
    plans = [plan("drilled", old), plan("new", new), plan("never", old)]
    plans.append(msgspec.structs.replace(plan("monthly", old), drill_target_days=30))
    figures = drill_figures(plans, {"drilled": NOW, "monthly": NOW}, 90)
    assert figures.target_days == 90
    assert [(each.plan_id, each.overdue_from, each.target_days) for each in figures.plans] == [
        ("never", old + TARGET, 90),
        ("monthly", NOW + timedelta(days=30), 30),
        ("new", new + TARGET, 90),
        ("drilled", NOW + TARGET, 90),
    ]


def test_figures_of_another_release_are_not_read() -> None:
    good = KeptFigures(FigureName.DRILLS, NOW, msgspec.json.encode(drill_figures([], {}, 90)).decode())
    assert read_kept(good, DrillFigures) == drill_figures([], {}, 90)
    assert read_kept(msgspec.structs.replace(good, value='{"plans": 7}'), DrillFigures) is None
    assert read_kept(None, DrillFigures) is None
    assert read_kept(KeptFigures(FigureName.DRILLS, None, "", "no answer"), DrillFigures) is None
