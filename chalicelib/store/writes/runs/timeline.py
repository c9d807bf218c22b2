"""Appends events to the timeline, alone or in the transaction of the change that they describe.

An event with a notice is written with that notice PENDING, so that a crash cannot lose the notice.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pynamodb.expressions.condition import Condition

from ....domain.notices.notices import Channel, NoticeState, notice_kind
from ....domain.runs.records import TimelineEvent
from ...tables.runs import NOTICE_DUE, TIMELINE, ExecutionEventItem
from ...transactions import Transaction

_attempted: ContextVar[list[TimelineEvent] | None] = ContextVar("attempted_events", default=None)


@contextmanager
def attempted_events() -> Iterator[list[TimelineEvent]]:
    """Collects every event with a notice that this context, including its threads, tries to write.

    Only the table shows whether an event was committed.
    """
    attempted: list[TimelineEvent] = []
    token = _attempted.set(attempted)
    try:
        yield attempted
    finally:
        _attempted.reset(token)


def event_item(event: TimelineEvent) -> ExecutionEventItem:
    """The event as an item for a transaction; save it under ``event_is_new``."""
    return TIMELINE.to_item(event, **_notice(event))


def save_events(transaction: Transaction, events: Iterable[TimelineEvent]) -> None:
    """Adds events to the transaction of the change that they describe."""
    for event in events:
        transaction.save(event_item(event), condition=_event_is_new())


def append_events(events: Iterable[TimelineEvent]) -> None:
    """Appends events that belong to no transition. Their ids are new, so the batch overwrites nothing."""
    with ExecutionEventItem.batch_write() as batch:
        for event in events:
            batch.save(event_item(event))


def _event_is_new() -> Condition:
    return ExecutionEventItem.event_id.does_not_exist()


def _notice(event: TimelineEvent) -> dict[str, Any]:
    if notice_kind(event) is None:
        return {}
    _note_attempt(event)
    return {
        "notice": NoticeState.PENDING.value,
        "notice_due": NOTICE_DUE,
        "notice_left": tuple(Channel),
        "notice_tries": 0,
    }


def _note_attempt(event: TimelineEvent) -> None:
    """Adds an event that is about to be written. Has no effect outside of ``attempted_events``."""
    attempted = _attempted.get()
    if attempted is not None:
        attempted.append(event)
