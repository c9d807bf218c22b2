"""Deletes executions. One write hides an execution, so that a crash while its records are removed is not seen."""

from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from ....domain.runs.records import DELETING_QUEUE, Execution
from ...tables.launches import JobRunItem
from ...tables.runs import ExecutionEventItem, ExecutionItem, ServerRunItem, WaveRunItem
from ...tables.steps import StepRunItem
from ...transactions import ConditionFailed, commit, committed

_BELONGS: tuple[type[Model], ...] = (WaveRunItem, JobRunItem, ServerRunItem, StepRunItem, ExecutionEventItem)


def hide_execution(seen: Execution, at: datetime) -> bool:
    """Removes an execution from every list. False when it has changed since it was ``seen``.

    Its header keeps the id and the place in the queue of deletions until all its records are removed.
    """
    hidden = (ExecutionItem.status, ExecutionItem.kind, ExecutionItem.plan_id, ExecutionItem.started_at)
    actions: list[Action] = [
        *(attribute.remove() for attribute in hidden),
        ExecutionItem.termination_queue.set(DELETING_QUEUE),
        ExecutionItem.termination_due_at.set(at),
    ]
    item = ExecutionItem(execution_id=seen.execution_id)
    return committed(lambda transaction: transaction.update(item, actions=actions, condition=_is_as_seen(seen)))


def remove_records(execution_id: str) -> None:
    """Removes all records of a hidden execution, its header last. Safe to repeat."""
    for model in _BELONGS:
        with model.batch_write() as batch:
            for item in model.query(execution_id):
                batch.delete(item)
    item = ExecutionItem(execution_id=execution_id)
    try:
        commit(lambda transaction: transaction.delete(item, condition=_is_hidden()))
    except ConditionFailed:
        return


def _is_as_seen(seen: Execution) -> Condition:
    """It is in the state that was seen, and no further round of termination has begun."""
    round_ = seen.termination.round if seen.termination else 0
    same: Condition = (ExecutionItem.status == seen.status) & (ExecutionItem.termination_round == round_)
    return same


def _is_hidden() -> Condition:
    return ExecutionItem.status.does_not_exist()
