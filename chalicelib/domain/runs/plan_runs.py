"""The latest runs of a plan, and its last success: what lists of plans show without reading executions."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ..plans.plan_standing import PlanStanding
from ..plans.plans import RecoveryPlan
from .records import Execution, ExecutionStatus, Mode

MOST_RECENT = 20
"""The most runs of a plan that are kept beside it."""


class RunMark(msgspec.Struct, frozen=True, rename="camel"):
    """One run of a plan, as far as a grid of runs shows it."""

    execution_id: str
    mode: Mode
    status: ExecutionStatus
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def seconds(self) -> int | None:
        """From its start to its end, pauses included; None while it has not ended."""
        return round((self.ended_at - self.started_at).total_seconds()) if self.ended_at else None


class PlanRuns(msgspec.Struct, frozen=True):
    """Kept beside a plan. ``recent`` are its latest runs, the newest first.

    ``last_drill`` and ``last_success`` are the last completed drill, and the last completed drill or recovery. They
    stay when the record of the execution is deleted.
    """

    recent: tuple[RunMark, ...] = ()
    last_drill: RunMark | None = None
    last_success: RunMark | None = None

    @property
    def last_drill_at(self) -> datetime | None:
        return self.last_drill.ended_at if self.last_drill else None


class KeptPlan(msgspec.Struct, frozen=True):
    """A plan with what is kept beside it; None is unknown.

    ``latest_execution_id`` is written with the execution; ``runs`` are as of the last sync of the inventory.
    """

    plan: RecoveryPlan
    standing: PlanStanding | None
    runs: PlanRuns | None
    latest_execution_id: str = ""


def latest_ids(plans: Iterable[KeptPlan], most: int) -> list[str]:
    """The ids of the latest runs of all these plans, the newest first, after those that started since the last sync."""
    kept = list(plans)
    marks = sorted((each for plan in kept if plan.runs for each in plan.runs.recent), key=_age, reverse=True)
    known = [each.execution_id for each in marks]
    new = [plan.latest_execution_id for plan in kept if plan.latest_execution_id]
    return list(dict.fromkeys([*(each for each in new if each not in known), *known[:most]]))


def _age(run: RunMark) -> tuple[datetime, str]:
    return run.started_at, run.execution_id


def mark(execution: Execution) -> RunMark:
    return RunMark(execution.execution_id, execution.mode, execution.status, execution.started_at, execution.ended_at)


def with_runs(before: PlanRuns, executions: Iterable[Execution], since: datetime | None = None) -> PlanRuns:
    """The runs with what these executions of the plan add to them, or change.

    With ``since``, they are all that started at that time or later: others of that time exist no longer.
    """
    found = {execution.execution_id: mark(execution) for execution in executions}
    kept = {each.execution_id: each for each in before.recent if since is None or each.started_at < since}
    recent = sorted({**kept, **found}.values(), key=_age, reverse=True)
    completed = [each for each in found.values() if each.status is ExecutionStatus.COMPLETED]
    drills = [each for each in completed if each.mode is Mode.DRILL]
    return PlanRuns(
        recent=tuple(recent[:MOST_RECENT]),
        last_drill=_last([*drills, *_given(before.last_drill)]),
        last_success=_last([*completed, *_given(before.last_success)]),
    )


def _given(run: RunMark | None) -> list[RunMark]:
    return [run] if run else []


def _last(runs: Iterable[RunMark]) -> RunMark | None:
    """The one that ended last."""
    ended = ((each.ended_at, each.execution_id, each) for each in runs if each.ended_at)
    return max(ended, default=(None, "", None))[2]
