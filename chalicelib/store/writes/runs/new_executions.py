"""Writes a new execution: announcement, waves and servers, and last the header that makes it visible.

A start that dies on the way leaves records without a header. They are announced in the queue of deletions, which a
schedule empties. The write of the header removes them from that queue. After a start was abandoned its header can no
longer be written, so that its leases may be taken even while its function is still running.
"""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from ....domain.access.idempotency import RequestKey
from ....domain.runs.leases import ABANDONED_AFTER
from ....domain.runs.records import DELETING_QUEUE, Execution, ServerRun, TimelineEvent, WaveRun
from ....side_by_side import map_bounded
from ...tables.configuration import RecoveryPlanItem
from ...tables.runs import EXECUTIONS, SERVER_RUNS, WAVE_RUNS, ExecutionItem
from ...transactions import Transaction, commit, committed
from ..access.idempotency import claim_key
from .timeline import save_events

RECORDS_ABANDONED_AFTER = ABANDONED_AFTER
"""After this time the function of an unfinished start no longer writes, and its records are removed."""

_BATCH = 25


def announce_execution(execution_id: str, at: datetime) -> None:
    """Announces that records of a new execution follow. Incomplete records are removed after a while.

    Raises ConditionFailed when the start was abandoned.
    """
    actions: list[Action] = [
        ExecutionItem.termination_queue.set(DELETING_QUEUE),
        ExecutionItem.termination_due_at.set(at + RECORDS_ABANDONED_AFTER),
    ]
    item, is_new = ExecutionItem(execution_id=execution_id), ExecutionItem.execution_id.does_not_exist()
    commit(lambda transaction: transaction.update(item, actions=actions, condition=is_new))


def write_runs(waves: Sequence[WaveRun], servers: Sequence[ServerRun], at: datetime) -> None:
    """Writes the waves and servers of an announced execution, in parallel batches."""
    for items in (
        [WAVE_RUNS.to_item(wave) for wave in waves],
        [SERVER_RUNS.to_item(server, changed_at=at) for server in servers],
    ):
        chunks = [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]
        map_bounded(_save, chunks, limit=8)


def create_execution(execution: Execution, event: TimelineEvent, key: RequestKey | None) -> None:
    """Writes the header of an announced execution, its first event and its key, which makes it visible.

    Its plan, whose lease it holds, then has it as the latest. Raises ConditionFailed when the start was abandoned, or
    its key has created another execution in the meantime.
    """
    plan = RecoveryPlanItem(plan_id=execution.plan_id)
    is_latest = RecoveryPlanItem.latest_execution_id.set(execution.execution_id)

    def write(transaction: Transaction) -> None:
        transaction.save(EXECUTIONS.to_item(execution), condition=_is_announced())
        transaction.update(plan, actions=[is_latest], condition=RecoveryPlanItem.plan_id.exists())
        save_events(transaction, [event])
        if key:
            claim_key(key, execution.execution_id, execution.started_at)(transaction)

    commit(write)


def abandon_start(execution_id: str, at: datetime) -> bool:
    """Prevents a start from becoming an execution. False when it has become one.

    Records that it still writes are removed at the announced time, or without one counted from ``at``. Safe to repeat.
    """
    due = ExecutionItem.termination_due_at
    actions: list[Action] = [
        ExecutionItem.abandoned.set(True),
        ExecutionItem.termination_queue.set(DELETING_QUEUE),
        due.set(due | (at + RECORDS_ABANDONED_AFTER)),
    ]
    item, is_unseen = ExecutionItem(execution_id=execution_id), ExecutionItem.status.does_not_exist()
    return committed(lambda transaction: transaction.update(item, actions=actions, condition=is_unseen))


def _save(items: Sequence[Model]) -> None:
    with type(items[0]).batch_write() as batch:
        for item in items:
            batch.save(item)


def _is_announced() -> Condition:
    """It is announced, not visible, and not abandoned."""
    announced: Condition = ExecutionItem.execution_id.exists() & ExecutionItem.status.does_not_exist()
    going_on: Condition = announced & ExecutionItem.abandoned.does_not_exist()
    return going_on
