"""The emulator's state: Regions, schedule, faults and clock under one lock, and slow work outside it.

Records change here in the order of their instants; what changes is decided elsewhere.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from drs_emulator.caller_rights import CallerRights
from drs_emulator.errors import conflict
from drs_emulator.faults import FaultBook, FaultKind, FaultRule, Occasion
from drs_emulator.instances import Ec2Gateway
from drs_emulator.records import RegionState
from drs_emulator.schedule import Action, Schedule
from drs_emulator.settings import EmulatorSettings
from drs_emulator.throttle import Throttle

Event = tuple[str, str, str, dict[str, Any], list[str]]
"""Account, Region, detail type, detail and resources."""
Publish = Callable[[str, str, str, dict[str, Any], list[str]], None]
T = TypeVar("T")

_logger = logging.getLogger(__name__)
_PATIENCE_WITH_EC2_SECONDS = 30.0
_LONGEST_SLEEP_SECONDS = 0.5  # the clock may be a test's own, so never trust it for longer


class World:
    """State, time and faults. Hold `lock` while reading a record, and call `advance` first."""

    def __init__(
        self,
        settings: EmulatorSettings,
        *,
        ec2: Ec2Gateway,
        rights: CallerRights,
        clock: Callable[[], datetime],
        publish: Publish | None,
    ) -> None:
        self.settings = settings
        self.ec2 = ec2
        self.rights = rights
        self.clock = clock
        self.speed = settings.speed
        self.lock = threading.RLock()
        self.faults = FaultBook(settings.seed)
        self.throttle = Throttle(settings.throttling)
        self.regions: dict[tuple[str, str], RegionState] = {}
        self._publish = publish
        self._schedule = Schedule()
        self._changed = threading.Condition(self.lock)
        self._outbox: list[Event] = []
        self._parked: list[tuple[str, Action]] = []
        self._under_way = 0
        self._pool: ThreadPoolExecutor | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    def region(self, account: str, region: str) -> RegionState:
        """The state of one account's Region, made at its first use."""
        key = (account, region)
        if key not in self.regions:
            self.regions[key] = RegionState(account=account, region=region)
        return self.regions[key]

    # --- time ---

    def after(self, when: datetime, seconds: float, action: Action) -> datetime:
        """Schedules an action `seconds` (at speed 1) after `when` and returns the instant."""
        due = when + timedelta(seconds=seconds / self.speed)
        self._schedule.at(due, action)
        self._changed.notify_all()
        return due

    def at(self, when: datetime, action: Action) -> None:
        """Schedules an action for an instant of the clock, whatever the speed."""
        self._schedule.at(when, action, is_scaled=False)
        self._changed.notify_all()

    def advance(self) -> None:
        """Does everything that is due now, in the order of its instants."""
        with self.lock:
            now = self.clock()
            while (due := self._schedule.pop_due(now)) is not None:
                when, action = due
                action(when)
            outbox, self._outbox = self._outbox, []
        if outbox:
            self._deliver(outbox)

    def set_speed(self, speed: float) -> None:
        """Changes the time scale; running jobs keep their progress, and the rest of their time is scaled."""
        if not speed > 0:
            raise ValueError(f"speed must be greater than 0, not {speed}.")
        self.advance()
        with self.lock:
            self._schedule.stretch(self.clock(), self.speed / speed)
            self.speed = speed
            self._changed.notify_all()

    # --- slow work ---

    def in_background(self, work: Callable[[], T], then: Callable[[T, datetime], None], when: datetime) -> None:
        """Runs `work` outside requests and then `then(result, instant)` under the lock.

        Without a background thread it is done at once and counts as done at `when`.
        """
        if self._pool is None:
            then(work(), when)
            return

        def finish() -> None:
            try:
                result = work()
                with self.lock:
                    then(result, max(when, self.clock()))
            finally:
                with self.lock:
                    self._under_way -= 1
                    self._changed.notify_all()
            self.advance()

        self._under_way += 1
        self._pool.submit(finish).add_done_callback(_log_failure)

    def publish(
        self, state: RegionState, detail_type: str, detail: dict[str, Any], *, resource: str, server_id: str
    ) -> None:
        """Sends an event of source `aws.drs` about a resource (an ARN), best effort; a fault can lose it."""
        if self._publish is None:
            return
        server = state.servers.get(server_id)
        occasion = Occasion(
            account=state.account,
            region=state.region,
            detail_type=detail_type,
            server_ids=[server_id],
            hostnames=[] if server is None else [server.hostname],
            job_ids=[detail["job-id"]] if "job-id" in detail else [],
            key=f"{detail_type}|{server_id}|{json.dumps(detail, sort_keys=True)}",
        )
        if self.faults.strike(FaultKind.LOST_EVENT, occasion) is None:
            self._outbox.append((state.account, state.region, detail_type, detail, [resource]))
            self._changed.notify_all()

    # --- faults ---

    def hold(self, kind: FaultKind, occasion: Occasion, when: datetime, resume: Action) -> bool:
        """Whether a fault holds this step back; `resume` runs when it is over or its rule is removed."""
        rule = self.faults.strike(kind, occasion)
        if rule is None:
            return False
        seconds = rule.parameters.get("forSeconds")
        if seconds is None:
            self._parked.append((rule.fault_id, resume))
        else:
            self.after(when, float(seconds), resume)
        return True

    def add_fault(self, raw: Any, where: str = "fault") -> FaultRule:
        """Puts a fault in force."""
        with self.lock:
            return self.faults.add(raw, self.clock(), where)

    def remove_faults(self, fault_id: str | None = None) -> bool:
        """Removes one fault, or all of them; steps that they held up continue. False for an unknown fault."""
        self.advance()
        with self.lock:
            if fault_id is None:
                self.faults.clear()
            elif not self.faults.remove(fault_id):
                return False
            now = self.clock()
            freed = [action for held_by, action in self._parked if fault_id in {None, held_by}]
            self._parked = [held for held in self._parked if fault_id not in {None, held[0]}]
            for action in freed:
                self.after(now, 0, action)
        return True

    # --- contents, for saving and restoring ---

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Holds the lock while no work is under way outside it.

        Raises `ApiError` (ConflictException) when EC2 does not answer for a long time.
        """
        with self.lock:
            if not self._changed.wait_for(lambda: not self._under_way, _PATIENCE_WITH_EC2_SECONDS):
                raise conflict(f"{self._under_way} calls of EC2 are under way; try again when they have been answered.")
            yield

    def contents(self) -> dict[str, Any]:
        """All that changes: the caller holds the lock and changes nothing."""
        return {
            "regions": self.regions,
            "faults": self.faults,
            "schedule": self._schedule,
            "parked": self._parked,
        }

    def parts(self) -> dict[str, Any]:
        """The objects around the contents, by the names of their attributes."""
        inside = {"regions", "faults", "_schedule", "_parked", "_outbox"}
        plain = (type(None), bool, int, float, str)
        return {name: part for name, part in vars(self).items() if name not in inside and type(part) not in plain}

    def replace(self, contents: Mapping[str, Any], *, later_by: timedelta, speed: float) -> None:
        """Takes other contents, whose steps happen `later_by` after their instants; the caller holds the lock."""
        schedule: Schedule = contents["schedule"]
        schedule.delay(later_by)
        self.regions, self.faults, self._parked = contents["regions"], contents["faults"], contents["parked"]
        self._schedule, self.speed = schedule, speed
        self.throttle = Throttle(self.settings.throttling)
        self._outbox.clear()
        self._changed.notify_all()

    # --- background thread ---

    def start(self) -> None:
        """Starts the thread that advances and the workers that call EC2."""
        with self.lock:
            if self._thread is not None:
                return
            self._stopping.clear()
            self._pool = ThreadPoolExecutor(self.settings.ec2_workers, thread_name_prefix="drs-emulator-ec2")
            self._thread = threading.Thread(target=self._run, name="drs-emulator", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Stops both; running calls to EC2 are awaited, queued ones are dropped."""
        with self.lock:
            thread, pool = self._thread, self._pool
            self._thread = self._pool = None
            self._stopping.set()
            self._changed.notify_all()
        if thread is not None:
            thread.join()
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
        with self.lock:
            self._under_way = 0

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.advance()
            with self.lock:
                if not self._stopping.is_set():
                    self._changed.wait(self._seconds_until_next())

    def _seconds_until_next(self) -> float:
        if self._outbox:
            return 0.0
        next_at = self._schedule.next_at()
        if next_at is None:
            return _LONGEST_SLEEP_SECONDS
        return min(_LONGEST_SLEEP_SECONDS, max(0.0, (next_at - self.clock()).total_seconds()))

    def _deliver(self, events: list[Event]) -> None:
        """In their order, and by one worker: thousands of points at once must not keep EC2 waiting."""
        if self._pool is None:
            self._publish_all(events)
        else:
            self._pool.submit(self._publish_all, events)

    def _publish_all(self, events: list[Event]) -> None:
        if self._publish is None:
            return
        for event in events:
            try:
                self._publish(*event)
            except Exception:  # an edge: the callable is foreign, and events are best effort
                _logger.exception("The event %r could not be published.", event[2])


def _log_failure(future: Future[None]) -> None:
    """An edge of the program: no caller waits for background work, so its failure must be logged."""
    if not future.cancelled() and (error := future.exception()) is not None:
        _logger.error("Background work of the DRS emulator failed.", exc_info=error)
