"""Executions: the list, and one with its waves."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from ..domain.access.context import CallContext
from ..domain.access.tags import Tagged, tagged
from ..domain.afterwards.deletion import kept_until
from ..domain.launches.beside import Beside
from ..domain.launches.eta import forecast_run
from ..domain.pages import Page
from ..domain.plans.plans import ApprovalPolicy
from ..domain.runs.actions import Caller, offered_actions
from ..domain.runs.records import Execution, Mode, WaveRun
from ..domain.runs.timing import duration_of, measure, rto_met
from ..domain.runs.waiting import live_execution, live_wave
from ..operations.runs import ExecutionDetail, ExecutionId, ListedExecution, ListExecutions
from ..settings import settings
from ..store.reads.plans.plans import get_plan_version
from ..store.reads.runs import execution_lists
from ..store.reads.runs import executions as records
from .beside import MAX_AGE_FOR_POLLS, executions_beside


def list_executions(request: ListExecutions, call: CallContext) -> Page[ListedExecution]:
    """One page, newest first. Costs one query."""
    page = execution_lists.list_executions(request)
    return Page([_listed(execution, call.now) for execution in page.items], page.next_cursor)


def _listed(execution: Execution, now: datetime) -> ListedExecution:
    fields = {name: getattr(execution, name) for name in Execution.__struct_fields__}
    return ListedExecution(
        **fields,
        duration_seconds=duration_of(execution),
        rto_met=rto_met(execution, now),
        instances_left=execution.counts.with_instance if execution.counts else None,
    )


def get_execution(request: ExecutionId, call: CallContext) -> Tagged[ExecutionDetail]:
    """Header, waves and times. Costs three queries, however many servers there are, and one if nothing has changed.

    While servers wait, the other executions at their places are read too, once in ten seconds for all who ask.
    """
    execution = records.get_execution(request.execution_id)
    until = kept_until(execution, settings().recovery_retention_days)
    state = (execution.execution_id, execution.revision, until is not None and call.now < until)
    return tagged(call, state, lambda: _detail(execution, call))


def _detail(execution: Execution, call: CallContext) -> ExecutionDetail:
    waves = records.get_waves(execution.execution_id)
    jobs = records.get_launch_jobs(execution.execution_id)
    by_number = {wave.wave_number: wave for wave in waves}
    shown = [live_wave(wave, by_number, execution) for wave in waves]
    actions = offered_actions(execution, waves, jobs, _policy_of(execution), _caller(call))
    chance = Random(execution.execution_id)  # noqa: S311 — the same run, the same draws
    forecast = forecast_run(execution, waves, jobs, call.now, chance, _beside(execution, waves, call.now))
    return ExecutionDetail(live_execution(execution, jobs), shown, measure(execution, waves, jobs), forecast, actions)


def _beside(execution: Execution, waves: Sequence[WaveRun], now: datetime) -> Beside:
    """The other executions that launch where servers of this one wait. Costs nothing while none waits."""
    if not any(wave.waiting and wave.status.is_running for wave in waves):
        return Beside(now)
    places = {ahead.place for wave in waves for ahead in wave.launches}
    own, max_age = execution.execution_id, MAX_AGE_FOR_POLLS
    return executions_beside(places, execution.plan_id, now, own=own, max_age=max_age)


def _caller(call: CallContext) -> Caller:
    return Caller(call.principal, call.mode, call.now, settings().recovery_retention_days)


def _policy_of(execution: Execution) -> ApprovalPolicy:
    """The plan's policy. Recoveries that are older than the field have it in their plan only."""
    if execution.approval or execution.mode is Mode.DRILL or not execution.status.takes_decisions:
        return execution.approval or ApprovalPolicy()
    return get_plan_version(execution.plan_id, execution.plan_version).approval
