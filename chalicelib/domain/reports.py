"""What the rounds of the schedules report."""

from datetime import datetime

import msgspec


class WatchReport(msgspec.Struct, frozen=True, rename="camel"):
    """One round of the watchdog; ``actions`` and ``failures`` by execution."""

    watched: int
    terminating: int
    actions: dict[str, str]
    failures: dict[str, str]


class CleanupReport(msgspec.Struct, frozen=True, rename="camel"):
    """One round of the clean-up: terminations begun and followed, deletions finished; ``failures`` by execution."""

    begun: int
    followed: int
    deleted: int
    failures: dict[str, str]


class DrillReport(msgspec.Struct, frozen=True, rename="camel"):
    """One round of scheduled drills, by plan: the executions started, why others were skipped, and what failed."""

    due: int
    started: dict[str, str]
    skipped: dict[str, str]
    failures: dict[str, str]


class SyncResult(msgspec.Struct, frozen=True, rename="camel"):
    """One sync, ``failures`` by ``account/region``; one with some of them is PARTIAL."""

    kind: str
    outcome: str
    started_at: datetime
    ended_at: datetime
    seen: int
    written: int
    removed: int
    failures: dict[str, str]
