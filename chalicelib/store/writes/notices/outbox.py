"""Records whether a notice was sent or failed. The event that it is about is never changed."""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.notices.notices import Channel, Notice, NoticeFailure, NoticeState
from ....domain.runs.records import TimelineEvent
from ....ids import first_entry_id
from ...tables.runs import NOTICE_DUE, NOTICE_GIVEN_UP, ExecutionEventItem
from ...transactions import Transaction, committed
from ..runs.timeline import save_events


def record_notice_sent(event: TimelineEvent) -> None:
    """Records that the notice has reached every channel; it leaves the outbox. No change when it has left already."""
    item = ExecutionEventItem
    actions: list[Action] = [
        item.notice.set(NoticeState.SENT.value),
        item.notice_due.remove(),
        item.notice_left.remove(),
        item.notice_failure.remove(),
    ]
    _record(event, actions, _notice_is_due(), None)


def record_notice_failed(
    event: TimelineEvent,
    left: Sequence[Channel],
    failure: NoticeFailure,
    *,
    tries: int,
    again: bool,
    line: TimelineEvent | None,
) -> None:
    """Records that the notice has not reached the channels ``left``. With ``again`` it stays in the outbox.

    Without ``again`` it is listed among those that were given up, unless no channel is left to reach. ``line`` is an
    event for the timeline, which is written with the first and with the last failure.
    """
    item = ExecutionEventItem
    actions: list[Action] = [
        item.notice.set(NoticeState.FAILED.value),
        item.notice_left.set(tuple(left)),
        item.notice_tries.set(tries),
        item.notice_failure.set(failure),
    ]
    if not again:
        actions.append(item.notice_due.set(NOTICE_GIVEN_UP) if left else item.notice_due.remove())
    _record(event, actions, _notice_was_tried(tries - 1), line)


def keep_unsent_notice(notice: Notice, left: Sequence[Channel], failure: NoticeFailure, *, since: datetime) -> None:
    """Keeps a notice without an execution that has not reached the channels ``left``, so that it is sent again.

    ``since`` is the moment that it is about. No change if it is kept already, or was sent since.
    """
    item = ExecutionEventItem(
        # No id of an execution, but sorted among these by time.
        execution_id=f"exec-{first_entry_id(since)}#notice",
        event_id=notice.event_id,
        at=notice.at,
        kind=notice.event.value,
        message=notice.message,
        details={},
        notice=NoticeState.FAILED.value,
        notice_due=NOTICE_DUE,
        notice_left=tuple(left),
        notice_tries=1,
        notice_failure=failure,
        notice_content=notice,
    )
    committed(lambda transaction: transaction.save(item, condition=_is_not_kept()))


def _record(event: TimelineEvent, actions: list[Action], condition: Condition, line: TimelineEvent | None) -> None:
    model = ExecutionEventItem(execution_id=event.execution_id, event_id=event.event_id)

    def write(transaction: Transaction) -> None:
        transaction.update(model, actions=actions, condition=condition)
        if line is not None:
            save_events(transaction, [line])

    committed(write)


def _notice_is_due() -> Condition:
    due: Condition = ExecutionEventItem.notice_due == NOTICE_DUE
    return due


def _notice_was_tried(tries: int) -> Condition:
    due: Condition = _notice_is_due() & (ExecutionEventItem.notice_tries == tries)
    return due


def _is_not_kept() -> Condition:
    return ExecutionEventItem.event_id.does_not_exist()
