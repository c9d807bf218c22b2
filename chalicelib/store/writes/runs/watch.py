"""Writes what the watchdog does: it counts the runs of a state machine."""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.runs.records import ACTIVE_STATUSES, Execution, TimelineEvent
from ...tables.runs import ExecutionItem
from ...transactions import Transaction, committed
from .revisions import revise
from .timeline import save_events


def count_workflow_run(seen: Execution, event: TimelineEvent) -> bool:
    """Counts the next run of the state machine. False when another call has, or the execution has ended."""
    actions: list[Action] = [ExecutionItem.workflow_run.set(seen.workflow_run + 1)]

    def write(transaction: Transaction) -> None:
        save_events(transaction, [event])
        revise(transaction, seen.execution_id, actions=actions, condition=_is_still_in_run(seen))

    return committed(write)


def _is_still_in_run(seen: Execution) -> Condition:
    same: Condition = (ExecutionItem.workflow_run == seen.workflow_run) & ExecutionItem.status.is_in(*ACTIVE_STATUSES)
    return same
