"""Writing what the watchdog does: counting the runs of a state machine."""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from ...domain.executions import ACTIVE_STATUSES, Execution, TimelineEvent
from ...models.runs import ExecutionEventItem, ExecutionItem
from ..transactions import ConditionFailed, commit
from .timeline import event_item


def count_workflow_run(seen: Execution, event: TimelineEvent) -> bool:
    """Numbers the next run of the state machine; False when somebody else has, or the execution is over."""
    actions: list[Action] = [ExecutionItem.workflow_run.set(seen.workflow_run + 1)]

    def write(transaction: TransactWrite) -> None:
        transaction.save(event_item(event), condition=_event_is_new())
        transaction.update(
            ExecutionItem(execution_id=seen.execution_id), actions=actions, condition=_is_still_in_run(seen)
        )

    try:
        commit(write)
    except ConditionFailed:
        return False
    return True


def _event_is_new() -> Condition:
    return ExecutionEventItem.event_id.does_not_exist()


def _is_still_in_run(seen: Execution) -> Condition:
    same: Condition = (ExecutionItem.workflow_run == seen.workflow_run) & ExecutionItem.status.is_in(
        *(status.value for status in ACTIVE_STATUSES)
    )
    return same
