"""Makes events for the timeline. Each says in a sentence for people what happened."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from ...domain.runs.events import EventKind
from ...domain.runs.records import TimelineEvent
from ...ids import made_at, new_entry_id


def new_event(
    execution_id: str, at: datetime, kind: EventKind, message: str, *, wave_number: int | None = None, **details: str
) -> TimelineEvent:
    """An event with a new id; ``details`` are short facts such as ``jobId``.

    Its time is the time in its id, to the millisecond. The timeline is listed by id, so its times never go back.
    """
    event_id = new_entry_id(at)
    return TimelineEvent(event_id, execution_id, made_at(event_id), kind.value, message, wave_number, details)


def error_text(error: Mapping[str, str]) -> str:
    """The error that Step Functions caught, in a few words. A failed function has its message in JSON."""
    cause = error.get("Cause", "")
    with suppress(ValueError, TypeError, KeyError):
        cause = str(json.loads(cause)["errorMessage"])
    return f"{error.get('Error', 'unknown')}: {cause[:500]}"
