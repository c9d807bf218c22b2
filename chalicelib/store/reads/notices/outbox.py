"""Reads which notices of the timeline are still to be sent."""

from collections.abc import Iterable

import msgspec

from ....domain.notices.notices import Channel, NoticeState
from ....domain.runs.records import TimelineEvent
from ...tables.runs import NOTICE_DUE, TIMELINE, ExecutionEventItem


class DueNotice(msgspec.Struct, frozen=True):
    """An event whose notice has not reached the channels ``left``. ``tries`` counts the failed attempts."""

    event: TimelineEvent
    state: NoticeState
    left: tuple[Channel, ...]
    tries: int


def find_due_notices(events: Iterable[TimelineEvent]) -> list[DueNotice]:
    """The due notices of those events that were committed, oldest first, read consistently."""
    keys = sorted({(event.execution_id, event.event_id) for event in events})
    return _in_order(ExecutionEventItem.batch_get(keys, consistent_read=True)) if keys else []


def list_due_notices(execution_id: str | None, limit: int) -> list[DueNotice]:
    """At most ``limit`` due notices of an execution, or of all for None. Costs one query; eventually consistent."""
    wanted = None if execution_id is None else ExecutionEventItem.execution_id == execution_id
    return _in_order(ExecutionEventItem.by_notice_due.query(NOTICE_DUE, wanted, limit=limit))


def _in_order(items: Iterable[ExecutionEventItem]) -> list[DueNotice]:
    found = [
        DueNotice(TIMELINE.to_record(item), NoticeState(item.notice), item.notice_left, item.notice_tries)
        for item in items
        if item.notice_due
    ]
    return sorted(found, key=lambda due: due.event.event_id)
