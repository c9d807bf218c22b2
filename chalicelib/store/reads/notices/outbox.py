"""Reads which notices of the timeline are still to be sent."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ....domain.notices.notices import Channel, Notice, NoticeFailure, NoticeState
from ....domain.runs.records import TimelineEvent
from ....ids import first_entry_id
from ...tables.runs import NOTICE_DUE, NOTICE_GIVEN_UP, TIMELINE, ExecutionEventItem


class DueNotice(msgspec.Struct, frozen=True):
    """An event whose notice has not reached the channels ``left``. ``tries`` counts the failed attempts.

    A notice that belongs to no execution is kept itself, as ``content``; others are made of their event.
    """

    event: TimelineEvent
    state: NoticeState
    left: tuple[Channel, ...]
    tries: int
    failure: NoticeFailure | None = None
    content: Notice | None = None


def find_due_notices(events: Iterable[TimelineEvent]) -> list[DueNotice]:
    """The due notices of those events that were committed, oldest first, read consistently."""
    keys = sorted({(event.execution_id, event.event_id) for event in events})
    return _in_order(ExecutionEventItem.batch_get(keys, consistent_read=True)) if keys else []


def list_due_notices(execution_id: str | None, limit: int) -> list[DueNotice]:
    """At most ``limit`` due notices of an execution, or of all for None. Costs one query; eventually consistent."""
    wanted = None if execution_id is None else ExecutionEventItem.execution_id == execution_id
    return _in_order(ExecutionEventItem.by_notice_due.query(NOTICE_DUE, wanted, limit=limit))


def list_given_up_notices(since: datetime, limit: int) -> list[DueNotice]:
    """At most ``limit`` notices that were given up, the newest first, of executions that began after ``since``.

    Those without an execution are among them, by their own time. Costs one query; eventually consistent.
    """
    wanted = ExecutionEventItem.execution_id >= f"exec-{first_entry_id(since)}"
    query = ExecutionEventItem.by_notice_due.query(NOTICE_GIVEN_UP, wanted, limit=limit, scan_index_forward=False)
    return [_due(item) for item in query]


def _in_order(items: Iterable[ExecutionEventItem]) -> list[DueNotice]:
    found = [_due(item) for item in items if item.notice_due == NOTICE_DUE]
    return sorted(found, key=lambda due: due.event.event_id)


def _due(item: ExecutionEventItem) -> DueNotice:
    return DueNotice(
        event=TIMELINE.to_record(item),
        state=NoticeState(item.notice),
        left=item.notice_left,
        tries=item.notice_tries,
        failure=item.notice_failure,
        content=item.notice_content,
    )
