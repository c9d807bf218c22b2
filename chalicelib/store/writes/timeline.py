"""Appending to the timeline, alone or in the transaction of the change that it tells of.

An event that people are told of is born with its notice PENDING, in the same write: a crash cannot lose it.
"""

from collections.abc import Iterable
from typing import Any

from pynamodb.expressions.condition import Condition

from ...domain.executions import TimelineEvent
from ...domain.notices import Channel, NoticeState, notice_kind
from ..tables.runs import NOTICE_DUE, TIMELINE, ExecutionEventItem
from ..transactions import Transaction
from .attempted import note_attempt


def event_item(event: TimelineEvent) -> ExecutionEventItem:
    """The event as an item for a transaction; save it under ``event_is_new``."""
    return TIMELINE.to_item(event, **_notice(event))


def save_events(transaction: Transaction, events: Iterable[TimelineEvent]) -> None:
    """Adds events to the transaction of the change that they tell of."""
    for event in events:
        transaction.save(event_item(event), condition=_event_is_new())


def append_events(events: Iterable[TimelineEvent]) -> None:
    """Appends events that belong to no transition; their ids are new, so a batch cannot overwrite."""
    with ExecutionEventItem.batch_write() as batch:
        for event in events:
            batch.save(event_item(event))


def _event_is_new() -> Condition:
    return ExecutionEventItem.event_id.does_not_exist()


def _notice(event: TimelineEvent) -> dict[str, Any]:
    if notice_kind(event) is None:
        return {}
    note_attempt(event)
    return {
        "notice": NoticeState.PENDING.value,
        "notice_due": NOTICE_DUE,
        "notice_left": tuple(Channel),
        "notice_tries": 0,
    }
