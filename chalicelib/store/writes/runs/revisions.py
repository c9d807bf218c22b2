"""Counts the changes of an execution: each write that changes it, its waves or its launches also does this."""

from collections.abc import Sequence

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ...tables.runs import ExecutionItem
from ...transactions import Label, Transaction


def revise(
    transaction: Transaction,
    execution_id: str,
    *,
    condition: Condition | None = None,
    actions: Sequence[Action] = (),
    label: Label = None,
) -> None:
    """Adds the next revision of the header to a transaction, with further ``actions`` and the ``condition`` on it.

    A transaction may use an item only once, so a condition on the header belongs here and not into a check.
    """
    transaction.update(
        ExecutionItem(execution_id=execution_id),
        actions=[*actions, ExecutionItem.revision.add(1)],
        condition=ExecutionItem.execution_id.exists() if condition is None else condition,
        label=label,
    )
