"""Recording what became of a notice: sent, or tried in vain; the event that it tells of is never changed."""

from collections.abc import Sequence

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.notices.notices import Channel, NoticeState
from ....domain.runs.records import TimelineEvent
from ...tables.runs import ExecutionEventItem
from ...transactions import Transaction, committed
from ..runs.timeline import save_events


def record_notice_sent(event: TimelineEvent) -> None:
    """The notice has reached every channel and leaves the outbox. No change when it has left it already."""
    item = ExecutionEventItem
    actions: list[Action] = [
        item.notice.set(NoticeState.SENT.value),
        item.notice_due.remove(),
        item.notice_left.remove(),
    ]
    _record(event, actions, _notice_is_due(), None)


def record_notice_failed(
    event: TimelineEvent, left: Sequence[Channel], *, tries: int, again: bool, told: TimelineEvent | None
) -> None:
    """The notice has not reached the channels ``left``; it stays in the outbox when it is to be sent ``again``.

    ``told`` is the line for the timeline, written with the first failure and with the last one.
    """
    item = ExecutionEventItem
    actions: list[Action] = [
        item.notice.set(NoticeState.FAILED.value),
        item.notice_left.set(tuple(left)),
        item.notice_tries.set(tries),
    ]
    if not again:
        actions.append(item.notice_due.remove())
    _record(event, actions, _notice_was_tried(tries - 1), told)


def _record(event: TimelineEvent, actions: list[Action], condition: Condition, told: TimelineEvent | None) -> None:
    model = ExecutionEventItem(execution_id=event.execution_id, event_id=event.event_id)

    def write(transaction: Transaction) -> None:
        transaction.update(model, actions=actions, condition=condition)
        if told is not None:
            save_events(transaction, [told])

    committed(write)


def _notice_is_due() -> Condition:
    return ExecutionEventItem.notice_due.exists()


def _notice_was_tried(tries: int) -> Condition:
    due: Condition = _notice_is_due() & (ExecutionEventItem.notice_tries == tries)
    return due
