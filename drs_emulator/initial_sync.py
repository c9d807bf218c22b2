"""The first synchronisation of a failback: INITIATING, INITIAL_SYNC, CONTINUOUS as time passes.

Servers that are seeded into a world do not pass through it: their states are set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from drs_emulator.faults import FaultKind, Occasion
from drs_emulator.records import Replication, ReplicationState
from drs_emulator.schedule import Action
from drs_emulator.world import World

_STEPS = 10  # in which the counters of the disks grow
_GIB = 1024**3


class Replicating(Protocol):
    """A source server, or a failback with a client."""

    replication: Replication


@dataclass(frozen=True, kw_only=True)
class InitialSync:
    """One synchronisation; it ends when it is no longer valid.

    `show` gives the holder its replication. `occasion` is where faults apply.
    """

    world: World
    holder: Replicating
    show: Callable[[Replication], None]
    size_bytes: int
    occasion: Callable[[], Occasion]
    is_valid: Callable[[], bool]
    done: Action
    failed: Action

    def begin(self, now: datetime) -> None:
        """Starts it; nothing is consistent until it has ended."""
        shown = self._show(ReplicationState.INITIATING, now, synced_share=0.0)
        self.world.after(now, self.world.settings.durations.failback_initiation, partial(self._step, 0, shown))

    def _step(self, number: int, last: Replication, when: datetime) -> None:
        if not self._goes_on(last):
            return
        if number == _STEPS:
            end = partial(self._end, last)
            if not self.world.hold(FaultKind.FAILBACK_SYNC_STUCK, self.occasion(), when, end):
                end(when)
            return
        shown = self._show(ReplicationState.INITIAL_SYNC, when, synced_share=number / _STEPS)
        seconds = self.world.settings.durations.failback_sync_per_gib * self.size_bytes / _GIB
        self.world.after(when, seconds / _STEPS, partial(self._step, number + 1, shown))

    def _goes_on(self, last: Replication) -> bool:
        """Whether the replication is still this one: it may have been stopped, or lost its agent."""
        return self.is_valid() and self.holder.replication is last

    def _end(self, last: Replication, when: datetime) -> None:
        if not self._goes_on(last):
            return
        rule = self.world.faults.strike(FaultKind.FAILBACK_SYNC_FAILED, self.occasion())
        if rule is None:
            self._show(ReplicationState.CONTINUOUS, when, consistent_until=None)
            self.done(when)
            return
        error = str(rule.parameters.get("error", "NOT_CONVERGING"))
        fault = {"error": error, "raw_error": rule.parameters.get("rawError"), "synced_share": 1 - 1 / _STEPS}
        self._show(ReplicationState.STALLED, when, **fault)
        self.failed(when)

    def _show(self, state: ReplicationState, when: datetime, **others: Any) -> Replication:
        """From CONTINUOUS on, data is consistent up to now; before that, nothing is since the sync began."""
        shown = Replication(state=state, lag_seconds=0.0, since=when, **{"consistent_until": when, **others})
        self.show(shown)
        return shown
