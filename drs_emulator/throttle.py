"""Token buckets that throttle calls, for each account, Region and class of operation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from drs_emulator.settings import Rate, Throttling

_READ_VERBS = ("Describe", "Get", "List")


@dataclass
class _Bucket:
    tokens: float
    filled_at: datetime


class Throttle:
    """Counts calls; time comes in as an argument."""

    def __init__(self, settings: Throttling) -> None:
        self._settings = settings
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    def take(self, account: str, region: str, operation: str, now: datetime) -> int | None:
        """Takes one token. None when there was one, else whole seconds until there will be."""
        if not self._settings.enabled:
            return None
        kind, rate = self._class_of(operation)
        bucket = self._buckets.setdefault((account, region, kind), _Bucket(rate.burst, now))
        passed = max(0.0, (now - bucket.filled_at).total_seconds())
        bucket.tokens = min(rate.burst, bucket.tokens + passed * rate.per_second)
        bucket.filled_at = max(now, bucket.filled_at)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return None
        return max(1, math.ceil((1 - bucket.tokens) / rate.per_second))

    def _class_of(self, operation: str) -> tuple[str, Rate]:
        if operation == "StartRecovery":
            return "start-recovery", self._settings.start_recovery
        if operation.startswith(_READ_VERBS):
            return "reads", self._settings.reads
        return "writes", self._settings.writes
