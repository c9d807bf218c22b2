"""Moves executions from state to state, each move with its event in the timeline."""

from datetime import datetime
from functools import partial

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.runs.history import with_pause
from ....domain.runs.records import CLEANUP_QUEUE, Execution, ExecutionStatus, TimelineEvent, execution_sources
from ...tables.runs import ExecutionItem
from ...transactions import MAX_ITEMS, Transaction, committed
from .revisions import revise
from .timeline import save_events
from .waves import Deadlines, move_deadlines


def move_execution(
    execution_id: str,
    to: ExecutionStatus,
    event: TimelineEvent,
    *,
    outcome_reason: str = "",
    ended_at: datetime | None = None,
    timed_out_at: datetime | None = None,
    cleanup_at: datetime | None = None,
    seen: Execution | None = None,
) -> bool:
    """Moves an execution if its current state allows it. False when it does not.

    ``paused_at`` is the event's time while the execution is PAUSED, and absent otherwise. ``cleanup_at`` is set in the
    write that ends the execution, so that no crash can leave a drill's instances behind. If it was ``seen`` paused, its
    pause is kept, and False is returned also when that pause is over.
    """
    condition = _execution_may_become(to)
    actions: list[Action] = [ExecutionItem.status.set(to)]
    if to is ExecutionStatus.PAUSED:
        actions += [ExecutionItem.paused_at.set(event.at), ExecutionItem.pause_reason.set(event.message)]
    else:
        actions += _pause_ends(seen, event.at)
        if seen and seen.status is ExecutionStatus.PAUSED:
            condition &= _is_in_this_pause(seen)
    if ended_at:
        actions += [ExecutionItem.ended_at.set(ended_at), ExecutionItem.outcome_reason.set(outcome_reason)]
    if to is ExecutionStatus.IN_PROGRESS:
        actions.append(ExecutionItem.running_since.set(event.at))
    if timed_out_at:
        actions.append(ExecutionItem.timed_out_at.set(timed_out_at))
    if cleanup_at:
        actions += [
            ExecutionItem.termination_queue.set(CLEANUP_QUEUE),
            ExecutionItem.termination_due_at.set(cleanup_at),
        ]

    def write(transaction: Transaction) -> None:
        save_events(transaction, [event])
        revise(transaction, execution_id, actions=actions, condition=condition)

    return committed(write)


def resume_execution(seen: Execution, event: TimelineEvent, *, deadline_at: datetime | None, waves: Deadlines) -> bool:
    """PAUSED → IN_PROGRESS, together with the time limits of the running ``waves``.

    False when the pause is over or a wave has changed since it was seen; then nothing has changed. Both belong
    together, because a limit that moved alone would count the pause twice, and one that did not would count it as work.
    """
    actions: list[Action] = [
        ExecutionItem.status.set(ExecutionStatus.IN_PROGRESS),
        *_pause_ends(seen, event.at),
        ExecutionItem.running_since.set(event.at),
    ]
    if deadline_at:
        actions.append(ExecutionItem.deadline_at.set(deadline_at))
    first, *others = _chunks_of(waves)

    def write(transaction: Transaction) -> None:
        save_events(transaction, [event])
        revise(transaction, seen.execution_id, actions=actions, condition=_is_in_this_pause(seen))
        move_deadlines(transaction, seen.execution_id, first)

    if not committed(write):
        return False
    for chunk in others:
        # These waves did not fit into the transaction.
        committed(partial(_move_more, seen.execution_id, chunk))
    return True


def _move_more(execution_id: str, waves: Deadlines, transaction: Transaction) -> None:
    revise(transaction, execution_id)
    move_deadlines(transaction, execution_id, waves)


def _pause_ends(seen: Execution | None, at: datetime) -> list[Action]:
    actions: list[Action] = [ExecutionItem.paused_at.remove(), ExecutionItem.pause_reason.remove()]
    if seen and seen.paused_at:
        actions.append(ExecutionItem.pauses.set(with_pause(seen.pauses, seen.paused_at, at)))
    return actions


def _chunks_of(waves: Deadlines) -> list[Deadlines]:
    """Chunks that fit into a transaction with the execution and its event. The first chunk may be empty."""
    numbers = sorted(waves)
    size = MAX_ITEMS - 2
    starts = range(0, max(1, len(numbers)), size)
    return [{number: waves[number] for number in numbers[start : start + size]} for start in starts]


def _execution_may_become(to: ExecutionStatus) -> Condition:
    return ExecutionItem.status.is_in(*execution_sources(to))


def _is_in_this_pause(seen: Execution) -> Condition:
    same: Condition = ExecutionItem.status == ExecutionStatus.PAUSED
    return same & (ExecutionItem.paused_at == seen.paused_at) if seen.paused_at else same
