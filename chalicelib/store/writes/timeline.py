"""Appending to the timeline, alone or in the transaction of the change that it tells of."""

from collections.abc import Iterable

from ...domain.executions import TimelineEvent
from ...models.runs import ExecutionEventItem


def event_item(event: TimelineEvent) -> ExecutionEventItem:
    """The event as an item for a transaction; save it under ``event_is_new``."""
    return ExecutionEventItem(
        execution_id=event.execution_id,
        event_id=event.event_id,
        at=event.at,
        event_kind=event.kind,
        message=event.message,
        wave_number=event.wave_number,
        details=event.details,
    )


def append_events(events: Iterable[TimelineEvent]) -> None:
    """Appends events that belong to no transition; their ids are new, so a batch cannot overwrite."""
    with ExecutionEventItem.batch_write() as batch:
        for event in events:
            batch.save(event_item(event))
