"""What a DRS job that has ended teaches about launch times, and the records in which it is kept.

A record keeps the newest launches only, so it does not grow with history. Drills and recoveries teach alike.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from ..estate.accounts import Place
from ..estate.launch_settings import RecoveryMode
from ..estate.servers import OperatingSystem, SourceServer
from ..runs.records import JobRun
from .expected_times import LEARNT_FOR, LaunchTime, ServerKind, ServerSize, remember, size_of

MOST_OF_SERVER = 8
"""How many of its newest launches are kept of a server."""

MOST_OF_KIND = 32
"""How many of their newest launches are kept of the servers of a kind."""

MOST_OF_JOB = 8
"""How many servers of one job teach a kind, so that a large job does not outweigh all others."""

LONGEST_LAUNCH = timedelta(days=1)
"""A log that shows a longer launch is not believed."""

TRIED_FOR = timedelta(minutes=15)
"""How long after its end a job whose log cannot be read is tried again."""

_CONVERTING, _CONVERTED = "CONVERSION_START", "CONVERSION_END"
_LAUNCHING, _LAUNCHED = "LAUNCH_START", "LAUNCH_END"


class LogMoment(msgspec.Struct, frozen=True):
    """A line of a job's log, with its event as DRS spells it. Lines on the whole job have no server."""

    at: datetime
    event: str
    source_server_id: str = ""


class KeptTimes(msgspec.Struct, frozen=True):
    """What is kept of a server or a kind: its newest launches, the oldest first.

    ``scope`` and ``subject`` say of which, as in ``server_key`` and ``kind_key``. ``revision`` grows with each change.
    """

    scope: str
    subject: str
    launches: tuple[LaunchTime, ...] = ()
    revision: int = 0

    @property
    def key(self) -> tuple[str, str]:
        return self.scope, self.subject

    def with_launches(self, new: Iterable[LaunchTime]) -> "KeptTimes":
        most = MOST_OF_KIND if self.scope == KINDS else MOST_OF_SERVER
        return msgspec.structs.replace(self, launches=remember(self.launches, new, most))

    @property
    def useless_at(self) -> datetime | None:
        """When its newest launch no longer teaches."""
        return self.launches[-1].ended_at + LEARNT_FOR if self.launches else None


KINDS = "KINDS"
"""The scope of what is kept of kinds. They are those of all places."""


ALL_KINDS = tuple(
    ServerKind(system, size, mode) for system in OperatingSystem for size in ServerSize for mode in RecoveryMode
)


def server_key(place: Place, server_id: str) -> tuple[str, str]:
    """The scope and subject of a server's times."""
    return f"{place.account_id}#{place.region}", server_id


def kind_key(kind: ServerKind) -> tuple[str, str]:
    """The scope and subject of a kind's times."""
    return KINDS, f"{kind.os}#{kind.size}#{kind.recovery_mode}"


def launch_times(job_id: str, moments: Iterable[LogMoment], pace: float) -> dict[str, LaunchTime]:
    """How long the launches of a job took, by server, from its log; ``pace`` as in ``pace.py``.

    Servers whose launch failed, or whose lines do not fit together, are missing.
    """
    started: datetime | None = None
    by_server: dict[str, dict[str, datetime]] = {}
    for moment in sorted(moments, key=lambda moment: moment.at):
        if moment.event == "JOB_START":
            started = started or moment.at
        elif moment.event in {_CONVERTED, _LAUNCHED}:
            by_server.setdefault(moment.source_server_id, {})[moment.event] = moment.at
        elif moment.event in {_CONVERTING, _LAUNCHING}:
            by_server.setdefault(moment.source_server_id, {}).setdefault(moment.event, moment.at)
    if started is None:
        return {}
    found = {server_id: _launch_time(job_id, started, seen, pace) for server_id, seen in by_server.items() if server_id}
    return {server_id: launch for server_id, launch in found.items() if launch is not None}


def lessons(
    job: JobRun, launches: Mapping[str, LaunchTime], servers: Mapping[str, SourceServer]
) -> dict[tuple[str, str], list[LaunchTime]]:
    """What the job's ``launches`` teach, by key: each server, and a few of them each kind.

    ``servers`` are those that the inventory has. The others teach nothing about their kind.
    """
    taught = {server_key(job.place, server_id): [launch] for server_id, launch in launches.items()}
    kinds: dict[ServerKind, list[LaunchTime]] = {}
    for server_id, launch in launches.items():
        if server := servers.get(server_id):
            kinds.setdefault(kind_of(server, launch), []).append(launch)
    return taught | {kind_key(kind): _spread_over(found) for kind, found in kinds.items()}


def kind_of(server: SourceServer, launch: LaunchTime) -> ServerKind:
    """The kind about which a launch of the server teaches."""
    return ServerKind(server.os, size_of(disk.size_bytes for disk in server.disks), launch.recovery_mode)


def can_be_read_later(job: JobRun, now: datetime) -> bool:
    """Whether a job whose log could not be read is worth another try."""
    return now - (job.job_ended_at or job.claimed_at) < TRIED_FOR


def _launch_time(job_id: str, started: datetime, seen: Mapping[str, datetime], pace: float) -> LaunchTime | None:
    """None if the server did not launch, or its lines are incomplete or out of order."""
    launched, launching = seen.get(_LAUNCHED), seen.get(_LAUNCHING)
    if launched is None:
        return None
    if _CONVERTING in seen or _CONVERTED in seen:
        steps = [started, seen.get(_CONVERTING), seen.get(_CONVERTED), launched]
    else:
        steps = [started, launching, launching, launched]
    moments = [step for step in steps if step is not None]
    if len(moments) < len(steps) or moments != sorted(moments):
        return None
    preparation, conversion, launch = (
        (later - earlier).total_seconds() * pace for earlier, later in itertools.pairwise(moments)
    )
    if launch <= 0 or preparation + conversion + launch > LONGEST_LAUNCH.total_seconds():
        return None
    return LaunchTime(job_id, launched, round(preparation, 3), round(conversion, 3), round(launch, 3))


def _spread_over(launches: Sequence[LaunchTime]) -> list[LaunchTime]:
    """A few of the launches, from the fastest to the slowest in even steps."""
    ordered = sorted(launches, key=lambda launch: (launch.seconds, launch.ended_at))
    if len(ordered) <= MOST_OF_JOB:
        return ordered
    return [ordered[round(index * (len(ordered) - 1) / (MOST_OF_JOB - 1))] for index in range(MOST_OF_JOB)]
