"""From where a client continues that asks again and again for what is new in an execution.

What is written is not visible in the order of its times: a function takes the time, and commits a little later. So a
client continues a minute before what it has seen, and gets the lines or servers of that minute again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from .records import ServerRun, TimelineEvent

OVERLAP = timedelta(minutes=1)
"""Longer than it takes to write something after its time was taken, with all repetitions."""


def continue_after(events: Iterable[TimelineEvent], asked: str, now: datetime) -> str:
    """The id after which later lines are to be asked for; ``asked`` if no line is older than the overlap."""
    settled = (event.event_id for event in events if event.at <= now - OVERLAP)
    return max(settled, default=asked)


def continue_changed_after(servers: Iterable[ServerRun], asked: datetime, now: datetime) -> datetime:
    """The time after which later changes are to be asked for; ``asked`` if no change is older than the overlap."""
    settled = (run.changed_at for run in servers if run.changed_at and run.changed_at <= now - OVERLAP)
    return max(settled, default=asked)
