"""Writes the runs of steps: claimed before they act and ended once, each with its event."""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.runs.records import TimelineEvent
from ....domain.steps.step_runs import StepRun, StepStatus
from ...tables.runs import ExecutionItem, WaveRunItem
from ...tables.steps import STEP_RUNS, StepRunItem
from ...transactions import Transaction, committed
from ..runs.timeline import save_events
from ..runs.waves import run_launches, wave_launches


def claim_step(run: StepRun, events: Sequence[TimelineEvent]) -> bool:
    """Claims a step for its target while the execution and the wave's attempt run.

    False when the step is already claimed, the execution was paused, cancelled or ended, or the wave was judged. Then
    the step may not be run.
    """
    item = STEP_RUNS.to_item(run)

    def write(transaction: Transaction) -> None:
        transaction.check(ExecutionItem, run.execution_id, condition=run_launches())
        transaction.check(WaveRunItem, run.execution_id, run.wave_number, condition=wave_launches(run.attempt))
        transaction.save(item, condition=_step_is_unclaimed())
        save_events(transaction, events)

    return committed(write)


def record_step_begun(run: StepRun, external_id: str) -> bool:
    """Records the id under which a claimed step runs. False when the step has already ended."""
    return _update(run, [StepRunItem.external_id.set(external_id)], [])


def record_step_refused(run: StepRun, refusal: str, events: Sequence[TimelineEvent]) -> bool:
    """Records that AWS has certainly not taken a claimed step, so that it may be claimed again."""
    actions: list[Action] = [StepRunItem.refusal.set(refusal), StepRunItem.is_waiting.set(True)]
    return _update(run, actions, events)


def claim_step_again(run: StepRun, claim_expires_at: datetime) -> bool:
    """Claims a step that waits, while the execution and the wave's attempt run. False when the step may not be run."""
    actions: list[Action] = [
        StepRunItem.is_waiting.remove(),
        StepRunItem.claim_expires_at.set(claim_expires_at),
    ]

    def write(transaction: Transaction) -> None:
        transaction.check(ExecutionItem, run.execution_id, condition=run_launches())
        transaction.check(WaveRunItem, run.execution_id, run.wave_number, condition=wave_launches(run.attempt))
        model = StepRunItem(execution_id=run.execution_id, step_run=run.key)
        transaction.update(model, actions=actions, condition=_step_is_running() & _step_is_waiting())

    return committed(write)


def end_step(run: StepRun, status: StepStatus, output: str, event: TimelineEvent, *, ended_at: datetime) -> bool:
    """RUNNING → a final state. False when it had ended before."""
    actions: list[Action] = [
        StepRunItem.status.set(status),
        StepRunItem.output.set(output),
        StepRunItem.ended_at.set(ended_at),
    ]
    return _update(run, actions, [event])


def _update(run: StepRun, actions: list[Action], events: Sequence[TimelineEvent]) -> bool:
    def write(transaction: Transaction) -> None:
        save_events(transaction, events)
        model = StepRunItem(execution_id=run.execution_id, step_run=run.key)
        transaction.update(model, actions=actions, condition=_step_is_running())

    return committed(write)


def _step_is_unclaimed() -> Condition:
    return StepRunItem.step_run.does_not_exist()


def _step_is_waiting() -> Condition:
    condition: Condition = StepRunItem.is_waiting.exists()
    return condition


def _step_is_running() -> Condition:
    return StepRunItem.status == StepStatus.RUNNING
