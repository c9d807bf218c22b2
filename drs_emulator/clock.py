"""The emulator's clock: the system's time, or a time that stands still, and both can be advanced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The system's time."""
    return datetime.now(UTC)


class Clock:
    """A time that `advance` moves on. Call it for the present moment.

    `now` is what it follows. Work that has become due is done before `advance` returns (`moved`, set by the emulator).
    """

    def __init__(self, now: Now = utc_now) -> None:
        self._now = now
        self._ahead = timedelta()
        self.moved: Callable[[], None] = _nothing

    @classmethod
    def standing_still(cls, at: datetime | None = None) -> Clock:
        """A clock that moves only by `advance`; it starts at a moment, or at the system's time."""
        moment = utc_now() if at is None else at
        return cls(lambda: moment)

    def __call__(self) -> datetime:
        return self._now() + self._ahead

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Moves the clock on, does what has become due, and returns the new time.

        Raises `ValueError` when it would go back.
        """
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if step < timedelta():
            raise ValueError(f"The clock cannot go back by {-step}.")
        self._ahead += step
        self.moved()
        return self()


def _nothing() -> None:
    """Nothing follows this clock yet."""
