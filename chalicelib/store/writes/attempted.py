"""Which events with a notice a call has tried to write, so that it can send their notices when it has ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ...domain.executions import TimelineEvent

_attempted: ContextVar[list[TimelineEvent] | None] = ContextVar("attempted_events", default=None)


@contextmanager
def attempted_events() -> Iterator[list[TimelineEvent]]:
    """Within: the list holds every event with a notice that this context, threads included, has tried to write.

    Whether it was committed stands in the table alone.
    """
    attempted: list[TimelineEvent] = []
    token = _attempted.set(attempted)
    try:
        yield attempted
    finally:
        _attempted.reset(token)


def note_attempt(event: TimelineEvent) -> None:
    """Adds an event that is about to be written; without effect outside of ``attempted_events``."""
    attempted = _attempted.get()
    if attempted is not None:
        attempted.append(event)
