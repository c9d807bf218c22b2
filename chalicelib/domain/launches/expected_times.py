"""How long the launch of a server is expected to take: learnt from its own launches, else from those of its kind.

The expected time runs from the start of a DRS job to the launch of the server. What was learnt is remembered as DRS in
AWS would take it; ``pace`` is how many times faster DRS works here (``pace.py``).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

import msgspec

from ..estate.accounts import Place
from ..estate.launch_settings import RecoveryMode
from ..estate.servers import OperatingSystem
from ..runs.pace import TYPICAL_CONVERSION_SECONDS, TYPICAL_JOB_SECONDS

LEARNT_FOR = timedelta(days=400)
"""How old a launch may be and still teach."""

FEWEST_OF_KIND = 3
"""With fewer launches a kind is not known."""

SPREAD = 0.25
"""The spread of launch times, as the standard deviation of their logarithm, before there are enough to measure it."""

_SPREAD_WEIGHT = 6
"""The assumed spread counts as much as this many launches."""

_TAIL = 1.2816
"""How many standard deviations the 90th percentile is above the median."""

_PER_DEVIATION = 1.4826
"""The standard deviation of a normal distribution, as a multiple of its median absolute deviation."""

_GIB = 1024**3
_SMALL_BYTES = 128 * _GIB
_MEDIUM_BYTES = 1024 * _GIB


class TimeSource(StrEnum):
    """What an expected time was learnt from: the server's own launches, those of its kind, or nothing."""

    OWN = "OWN"
    KIND = "KIND"
    DEFAULT = "DEFAULT"


class ServerSize(StrEnum):
    """The size of all disks of a server: up to 128 GiB, up to 1 TiB, above. UNKNOWN: DRS names no disk."""

    UNKNOWN = "UNKNOWN"
    SMALL = "SMALL"
    MEDIUM = "MEDIUM"
    LARGE = "LARGE"


class ServerKind(msgspec.Struct, frozen=True, order=True):
    """What servers have in common that launch in about the same time."""

    os: OperatingSystem
    size: ServerSize
    recovery_mode: RecoveryMode


class LaunchTime(msgspec.Struct, frozen=True):
    """How long one launch took, by phase. A launch without a conversion was FAST."""

    job_id: str
    ended_at: datetime
    preparation_seconds: float
    conversion_seconds: float
    launch_seconds: float

    @property
    def seconds(self) -> float:
        return self.preparation_seconds + self.conversion_seconds + self.launch_seconds

    @property
    def recovery_mode(self) -> RecoveryMode:
        return RecoveryMode.OPTIMAL if self.conversion_seconds else RecoveryMode.FAST


class ExpectedTime(msgspec.Struct, frozen=True, rename="camel"):
    """How long a launch is expected to take: half of the launches take at most P50, 90 % at most P90.

    ``samples`` is how many launches it was learnt from, and ``asOf`` when the newest of them ended.
    """

    p50_seconds: float
    p90_seconds: float
    source: TimeSource
    samples: int = 0
    as_of: datetime | None = None

    @property
    def spread(self) -> float:
        """The standard deviation of the logarithm of the time, 0 where P90 is not above P50."""
        return math.log(max(1.0, self.p90_seconds / self.p50_seconds)) / _TAIL


def p90_of(p50_seconds: float, spread: float) -> float:
    """The 90th percentile of log-normal times with this median and spread."""
    return p50_seconds * math.exp(_TAIL * spread)


class _Like(msgspec.Struct, frozen=True):
    """What is known of a kind: the median of its launches and of their conversions. Without launches, what is typical.

    Sizes without enough launches of their own have those of all sizes.
    """

    launches: tuple[LaunchTime, ...]
    seconds: float
    conversion: float


class LearntTimes:
    """What was learnt of some servers and of all kinds, to look up expected times.

    With nothing learnt all expected times are those of ``pace.py``.
    """

    def __init__(
        self,
        servers: Mapping[tuple[Place, str], Sequence[LaunchTime]],
        kinds: Mapping[ServerKind, Sequence[LaunchTime]],
        *,
        pace: float,
        now: datetime,
    ) -> None:
        self._servers, self._kinds = servers, kinds
        self._pace, self._oldest = pace, now - LEARNT_FOR
        self._known: dict[ServerKind, _Like] = {}
        self._expected_of: dict[ServerKind, ExpectedTime] = {}

    def of(
        self,
        place: Place,
        server_id: str,
        system: OperatingSystem,
        size: ServerSize = ServerSize.UNKNOWN,
        mode: RecoveryMode | None = None,
    ) -> ExpectedTime:
        """The expected time of a server. ``mode`` is how it will be launched; None: as the last time, else OPTIMAL.

        The median of its kind counts as one more launch of its own, so that a first outlier is not believed alone.
        """
        own = self._own(place, server_id)
        mode = mode or _last_mode(own)
        kind = ServerKind(system, size, mode)
        if own:
            like = self._like(kind)
            optimal = self._like(ServerKind(system, size, RecoveryMode.OPTIMAL))
            taken = [_seconds_in(mode, launch, optimal.conversion) for launch in own]
            return self._expected(TimeSource.OWN, own, [*taken, like.seconds])
        if kind not in self._expected_of:
            self._expected_of[kind] = self._of_kind(self._like(kind))
        return self._expected_of[kind]

    def in_fast_mode(
        self, place: Place, server_id: str, system: OperatingSystem, size: ServerSize = ServerSize.UNKNOWN
    ) -> ExpectedTime | None:
        """The expected time of a server in FAST mode; None if its last launch was FAST, so that ``of`` gives it."""
        if _last_mode(self._own(place, server_id)) is RecoveryMode.FAST:
            return None
        return self.of(place, server_id, system, size, RecoveryMode.FAST)

    def _of_kind(self, like: _Like) -> ExpectedTime:
        if like.launches:
            return self._expected(TimeSource.KIND, like.launches, [launch.seconds for launch in like.launches])
        return self._expected(TimeSource.DEFAULT, (), [like.seconds])

    def _own(self, place: Place, server_id: str) -> tuple[LaunchTime, ...]:
        return self._fresh(self._servers.get((place, server_id), ()))

    def _expected(self, source: TimeSource, launches: Sequence[LaunchTime], taken: Sequence[float]) -> ExpectedTime:
        p50 = median(taken) / self._pace
        return ExpectedTime(
            p50_seconds=round(p50, 3),
            p90_seconds=round(p90_of(p50, _spread_of(taken)), 3),
            source=source,
            samples=len(launches),
            as_of=max((launch.ended_at for launch in launches), default=None),
        )

    def _like(self, kind: ServerKind) -> _Like:
        if kind not in self._known:
            found = self._fresh(self._kinds.get(kind, ()))
            if len(found) < FEWEST_OF_KIND:
                sizes = (msgspec.structs.replace(kind, size=size) for size in ServerSize)
                found = self._fresh(launch for other in sizes for launch in self._kinds.get(other, ()))
            self._known[kind] = _like_of(kind, found if len(found) >= FEWEST_OF_KIND else ())
        return self._known[kind]

    def _fresh(self, launches: Iterable[LaunchTime]) -> tuple[LaunchTime, ...]:
        return tuple(launch for launch in launches if launch.ended_at > self._oldest)


def size_of(disk_bytes: Iterable[int]) -> ServerSize:
    """The size of a server with disks of these sizes."""
    total = sum(disk_bytes)
    if not total:
        return ServerSize.UNKNOWN
    if total <= _SMALL_BYTES:
        return ServerSize.SMALL
    return ServerSize.MEDIUM if total <= _MEDIUM_BYTES else ServerSize.LARGE


def remember(known: Iterable[LaunchTime], new: Iterable[LaunchTime], most: int) -> tuple[LaunchTime, ...]:
    """What is remembered with the ``new`` launches: the newest ``most``, the oldest first.

    The order in which jobs are learnt makes no difference, and what was learnt of a job before is replaced.
    """
    added = set(new)
    again = {launch.job_id for launch in added}
    kept = {launch for launch in known if launch.job_id not in again} | added
    return tuple(sorted(kept, key=_order)[-most:])


def _order(launch: LaunchTime) -> tuple[datetime, str, float, float]:
    return launch.ended_at, launch.job_id, launch.seconds, launch.conversion_seconds


def _last_mode(launches: Sequence[LaunchTime]) -> RecoveryMode:
    """The recovery mode of the newest of these launches; without any OPTIMAL."""
    return max(launches, key=_order).recovery_mode if launches else RecoveryMode.OPTIMAL


def _like_of(kind: ServerKind, launches: tuple[LaunchTime, ...]) -> _Like:
    conversion = TYPICAL_CONVERSION_SECONDS[kind.os]
    if launches:
        converted = [launch.conversion_seconds for launch in launches if launch.conversion_seconds]
        return _Like(
            launches, median(launch.seconds for launch in launches), median(converted) if converted else conversion
        )
    typical = TYPICAL_JOB_SECONDS[kind.os]
    return _Like((), typical - conversion if kind.recovery_mode is RecoveryMode.FAST else typical, conversion)


def _seconds_in(mode: RecoveryMode, launch: LaunchTime, conversion: float) -> float:
    """What the launch would have taken in this mode."""
    if mode is launch.recovery_mode:
        return launch.seconds
    return launch.seconds + conversion if mode is RecoveryMode.OPTIMAL else launch.seconds - launch.conversion_seconds


def _spread_of(taken: Sequence[float]) -> float:
    """How far the times are spread, without regard to a few outliers."""
    logs = [math.log(seconds) for seconds in taken]
    middle = median(logs)
    measured = _PER_DEVIATION * median(abs(log - middle) for log in logs)
    count = len(taken) - 1
    return math.sqrt((_SPREAD_WEIGHT * SPREAD**2 + count * measured**2) / (_SPREAD_WEIGHT + count))
