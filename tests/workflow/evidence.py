"""What happened in runs, recorded outside the product: writes, requests, DRS's jobs, and answers.

It contains no rules; ``promises`` judges by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

Item = Mapping[str, Any]

EXECUTIONS, WAVES, JOBS, SERVERS, LEASES = "executions", "wave-runs", "job-runs", "server-runs", "server-leases"
FINAL_EXECUTION = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMED_OUT"}
FINAL_WAVE = {"COMPLETED", "FAILED", "TIMED_OUT", "SKIPPED", "CANCELLED"}
FINAL_SERVER = {"LAUNCHED", "VALIDATED", "FAILED", "EXCLUDED", "SKIPPED", "TERMINATED"}
HAS_LAUNCHED = {"LAUNCHED", "VALIDATED"}
LAUNCHED_AND_THEN = "Launched, and then: "


@dataclass(frozen=True)
class Change:
    """One write to one item, at the moment it took effect; ``after`` is None when the item was deleted.

    ``number`` is its place in the one order of all writes. ``key`` is the wave's number, the server's id, the job
    run's key or the lease; empty for an execution.
    """

    number: int
    at: datetime
    table: str
    execution_id: str
    key: str
    before: Item | None
    after: Item | None

    def becomes(self, attribute: str) -> Any:
        """The attribute's new value when this write has changed it, else None."""
        new = (self.after or {}).get(attribute)
        return new if new != (self.before or {}).get(attribute) else None

    @property
    def was(self) -> str:
        return str((self.before or {}).get("status", ""))

    @property
    def status(self) -> str:
        return str((self.after or {}).get("status", ""))


@dataclass(frozen=True)
class LaunchRequest:
    """A StartRecovery as it arrived at DRS, whatever its result."""

    at: datetime
    execution_id: str
    job_run: str
    wave_number: int
    server_ids: tuple[str, ...]


@dataclass(frozen=True)
class Job:
    """A LAUNCH job as DRS holds it. ``instances`` are the recovery instances that it made, by server.

    ``execution_id`` is empty for a job that carries no execution's tags. ``ended_at`` is None while it is open.
    """

    job_id: str
    execution_id: str
    job_run: str
    wave_number: int
    server_ids: tuple[str, ...]
    created_at: datetime
    ended_at: datetime | None
    instances: Mapping[str, str]
    is_drill: bool = True

    @property
    def attempt(self) -> int:
        return int(self.job_run.split("#")[1])

    def is_open_at(self, moment: datetime) -> bool:
        return self.created_at <= moment and (self.ended_at is None or self.ended_at > moment)


@dataclass(frozen=True)
class Call:
    """One REST request and its answer. ``excused``: something that it depends on was made to fail."""

    sent_at: datetime
    answered_at: datetime
    person: str
    operation: str
    execution_id: str
    wave_number: int
    status: int
    answer: Any
    excused: bool = False

    @property
    def statement(self) -> str:
        return str(self.answer.get("statement", "")) if isinstance(self.answer, dict) and self.status < 400 else ""


@dataclass(frozen=True)
class Shown:
    """An execution as the REST API shows it after its end."""

    execution: Mapping[str, Any]
    waves: Mapping[int, Mapping[str, Any]]
    servers: Mapping[str, Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]

    def of_wave(self, number: int) -> list[Mapping[str, Any]]:
        return [server for server in self.servers.values() if server["waveNumber"] == number]


@dataclass(frozen=True)
class Run:
    """All that is known of one execution. ``hangs`` describes its state if it did not end."""

    execution_id: str
    mode: str
    changes: Sequence[Change]
    requests: Sequence[LaunchRequest]
    jobs: Sequence[Job]
    calls: Sequence[Call]
    shown: Shown | None
    hangs: str = ""

    @cached_property
    def ended(self) -> Change | None:
        """The write that made the execution final."""
        ends = (one for one in self.of(EXECUTIONS) if one.status in FINAL_EXECUTION and one.was not in FINAL_EXECUTION)
        return next(ends, None)

    def of(self, table: str) -> Iterator[Change]:
        return (change for change in self.changes if change.table == table)

    def replay(self) -> Iterator[tuple[Change, "State"]]:
        """Each write with the state of all records right before it."""
        state = State()
        for change in self.changes:
            yield change, state
            state.take(change)

    def state_at(self, moment: datetime) -> "State":
        state = State()
        for change in self.changes:
            if change.at > moment:
                break
            state.take(change)
        return state


@dataclass
class State:
    """The records of one execution at one moment."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)

    def take(self, change: Change) -> None:
        if change.after is None:
            self.items.pop((change.table, change.key), None)
        else:
            self.items[change.table, change.key] = change.after

    @property
    def execution(self) -> Item:
        return self.items.get((EXECUTIONS, ""), {})

    def wave(self, number: int | str) -> Item:
        return self.items.get((WAVES, str(number)), {})

    def all(self, table: str) -> dict[str, Item]:
        return {key: item for (other, key), item in self.items.items() if other == table}


@dataclass(frozen=True)
class Record:
    """All runs that could meet: they share servers. ``leases`` are the writes to leases, ``lease_of`` a server's key.

    ``jobs`` are all jobs of these servers, ours or not; ``listed`` are the executions that REST lists.
    """

    runs: Mapping[str, Run]
    leases: Sequence[Change]
    lease_of: Mapping[str, str]
    listed: frozenset[str]
    calls: Sequence[Call]
    jobs: Sequence[Job] = ()

    def holder_at(self, lease: str, moment: datetime) -> str:
        held = [change for change in self.leases if change.key == lease and change.at <= moment]
        return str((held[-1].after or {}).get("execution_id", "")) if held else ""

    def passed_on(self, lease: str, since: datetime, until: datetime | None) -> list[str]:
        """The holders that the lease had within that time, in order; an empty name where it was freed."""
        return [
            str((change.after or {}).get("execution_id", ""))
            for change in self.leases
            if change.key == lease and change.at > since and (until is None or change.at < until)
        ]
