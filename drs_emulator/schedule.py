"""A queue of actions and when they are due; it has no clock and does nothing by itself."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

Action = Callable[[datetime], None]


class Schedule:
    """Actions in the order of their instants; each gets its own scheduled instant, not the current time."""

    def __init__(self) -> None:
        self._queue: list[tuple[datetime, int, Action, bool]] = []
        self._added = 0

    def at(self, when: datetime, action: Action, *, is_scaled: bool = True) -> None:
        """Adds an action; equal instants keep the order in which they were added.

        `is_scaled` False keeps the instant when the time scale changes.
        """
        self._added += 1
        heapq.heappush(self._queue, (when, self._added, action, is_scaled))

    def next_at(self) -> datetime | None:
        """The instant of the earliest action; None when there is none."""
        return self._queue[0][0] if self._queue else None

    def pop_due(self, now: datetime) -> tuple[datetime, Action] | None:
        """Takes the earliest action that is due at `now`."""
        if not self._queue or self._queue[0][0] > now:
            return None
        when, _, action, _ = heapq.heappop(self._queue)
        return when, action

    def delay(self, by: timedelta) -> None:
        """Moves everything still to come by the same time."""
        self._queue = [(entry[0] + by, *entry[1:]) for entry in self._queue]

    def stretch(self, now: datetime, factor: float) -> None:
        """Moves everything still to come: what was due in 10 s is due in 10 s × `factor`."""
        self._queue = [
            (when if when <= now or not is_scaled else now + (when - now) * factor, order, action, is_scaled)
            for when, order, action, is_scaled in self._queue
        ]
        heapq.heapify(self._queue)
