"""What an execution and its waves went through before: pauses, and earlier attempts."""

from datetime import datetime

import msgspec

MOST_KEPT = 50
"""The latest pauses of an execution, and attempts of a wave, that their records keep; the timeline has all."""


class Pause(msgspec.Struct, frozen=True, rename="camel"):
    """A pause that is over."""

    began_at: datetime
    ended_at: datetime


class WaveAttempt(msgspec.Struct, frozen=True, rename="camel"):
    """One attempt of a wave that was retried. The latest one has no end here: it ends with the wave."""

    attempt: int
    began_at: datetime | None
    ended_at: datetime | None = None
    reason: str = ""


def with_pause(pauses: tuple[Pause, ...], began_at: datetime | None, ended_at: datetime) -> tuple[Pause, ...]:
    """The pauses with another one, if it is known when it began."""
    return (*pauses, Pause(began_at, ended_at))[-MOST_KEPT:] if began_at else pauses


def with_attempt(
    attempts: tuple[WaveAttempt, ...], ended: WaveAttempt, following: WaveAttempt
) -> tuple[WaveAttempt, ...]:
    """The attempts after ``ended``, the latest one, is over and ``following`` begins."""
    return (*attempts[:-1], ended, following)[-MOST_KEPT:]
