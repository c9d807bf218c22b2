"""The kinds of syncs, what a sync did in some places, and how it ended."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import msgspec

T = TypeVar("T")


class SyncOutcome(StrEnum):
    """PARTIAL: some places failed or were seen in part. DIED: the function ended before the run did.

    SKIPPED: a scheduled run did nothing.
    """

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    DIED = "DIED"


RUNNING, SKIPPED, DIED = SyncOutcome.RUNNING.value, SyncOutcome.SKIPPED.value, SyncOutcome.DIED.value
NOT_REACHED = "NOT_REACHED"
"""Begins the failure of a place that a run had no time for."""

_LONGEST_RUN = timedelta(minutes=15)
"""Lambda ends every function after 15 minutes at the latest."""

_TURN = timedelta(minutes=5)


class SyncKind(StrEnum):
    """The syncs that people can start, by the kind that is stored with their runs."""

    SOURCE_SERVER_INVENTORY = "source-server-inventory"
    RECOVERY_INSTANCES = "recovery-instances"
    STAGING_ACCOUNTS = "staging-accounts"
    TAGS = "tags"
    LAUNCH_SETTINGS_DRIFT = "launch-settings-drift"


class SyncRun(msgspec.Struct, frozen=True, rename="camel"):
    """One recorded run of a sync, with failures by ``account/region``.

    ``outcome`` is RUNNING, COMPLETED, PARTIAL, FAILED, or DIED when the function ended before the run did.
    ``account_id`` is set if only this account was synced.
    """

    kind: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    seen: int = 0
    written: int = 0
    removed: int = 0
    failures: dict[str, str] = {}
    duration_seconds: float | None = None
    account_id: str = ""


def as_of(run: SyncRun, now: datetime) -> SyncRun:
    """The run as it is to be shown: one that is still RUNNING after the longest time of a function has died."""
    died = run.outcome == RUNNING and now - run.started_at > _LONGEST_RUN
    return msgspec.structs.replace(run, outcome=DIED) if died else run


class SyncFigures(msgspec.Struct, frozen=True, rename="camel"):
    """The newest run of each kind of sync. Failures are cut: the run itself has them whole."""

    runs: tuple[SyncRun, ...]


_BRIEF_FAILURES, _BRIEF_CHARACTERS = 20, 4_000


def brief(run: SyncRun) -> SyncRun:
    """The run with its first failures."""
    first = dict(sorted(run.failures.items())[:_BRIEF_FAILURES])
    return msgspec.structs.replace(run, failures=shortened(first, _BRIEF_CHARACTERS))


def in_turn(places: Sequence[T], at: datetime) -> list[T]:
    """The places in order, beginning with another one every 5 minutes.

    So a run that has no time for all of them does not always leave out the same ones.
    """
    first = int(at.timestamp() // _TURN.total_seconds()) % len(places) if places else 0
    return [*places[first:], *places[:first]]


class SyncTally(msgspec.Struct, frozen=True, rename="camel"):
    """What a sync did in ``places`` places; ``failures`` by ``account/region``."""

    places: int = 0
    seen: int = 0
    written: int = 0
    removed: int = 0
    failures: dict[str, str] = {}

    @property
    def outcome(self) -> str:
        """COMPLETED, PARTIAL when some places failed or were seen in part, FAILED when all failed and nothing was."""
        if not self.failures:
            return SyncOutcome.COMPLETED.value
        is_partial = len(self.failures) < self.places or self.seen
        return (SyncOutcome.PARTIAL if is_partial else SyncOutcome.FAILED).value


def total(tallies: Iterable[SyncTally]) -> SyncTally:
    """The sum of tallies of different places."""
    parts = list(tallies)
    return SyncTally(
        places=sum(part.places for part in parts),
        seen=sum(part.seen for part in parts),
        written=sum(part.written for part in parts),
        removed=sum(part.removed for part in parts),
        failures={place: reason for part in parts for place, reason in part.failures.items()},
    )


def shortened(failures: Mapping[str, str], characters: int) -> dict[str, str]:
    """The failures with their reasons cut so that all reasons together have at most ``characters`` characters.

    Every place is kept, and short reasons are kept whole. The complete reason of a place is in its Region's status.
    """
    room, left = characters, len(failures)
    kept: dict[str, str] = {}
    for place, reason in sorted(failures.items(), key=lambda item: (len(item[1]), item[0])):
        kept[place] = reason[: room // left]
        room, left = room - len(kept[place]), left - 1
    return {place: kept[place] for place in failures}
