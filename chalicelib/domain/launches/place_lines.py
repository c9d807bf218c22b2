"""The register of what waits at a place: for each wave that waits there, how many servers of which kind.

A line only holds others back and launches nothing, so an outdated one costs time and nothing else. It counts until
``fresh_until``; the wave's next look renews it, and the line of a function that died is soon ignored.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from ..estate.accounts import Place
from ..plans.plans import DEFAULT_PRIORITY
from ..runs.records import Mode, wave_key
from ..text import count_of
from .place_order import Line, LineKey, Queued, WaitingServer

LINE_LIFE = timedelta(seconds=60)
"""How long a line counts at least. A wave that waits for quotas looks at DRS every few seconds at first."""

LOOKS_IN_A_LIFE = 3
"""Old attempts look less often. A line counts for this many looks."""

_ABOUT = " Its next launch is expected within "


class Bunch(msgspec.Struct, frozen=True, order=True):
    """Servers that differ in their ids only."""

    kind: str
    expected_seconds: float
    limit: int
    count: int


class PlaceLine(msgspec.Struct, frozen=True):
    """The servers of one wave that wait for quotas at a place."""

    account_id: str
    region: str
    execution_id: str
    wave_number: int
    wave_name: str
    plan_name: str
    mode: Mode
    since: datetime
    bunches: tuple[Bunch, ...]
    fresh_until: datetime
    priority: int = DEFAULT_PRIORITY
    seconds_behind: float = 0.0

    @property
    def key(self) -> LineKey:
        return self.execution_id, self.wave_number

    @property
    def name(self) -> str:
        return line_name(self.execution_id, self.wave_number)

    @property
    def title(self) -> str:
        """What people see of it, without its execution's plan."""
        return f"wave {self.wave_number} '{self.wave_name}'"

    @property
    def line(self) -> Line:
        """The line for a decision; ids stand for servers whose own are not known here."""
        servers = [
            WaitingServer(
                f"{self.name}#{bunch.kind}#{bunch.limit}#{index}", bunch.kind, bunch.expected_seconds, bunch.limit
            )
            for bunch in self.bunches
            for index in range(bunch.count)
        ]
        return Line(
            execution_id=self.execution_id,
            wave_number=self.wave_number,
            mode=self.mode,
            since=self.since,
            servers=tuple(servers),
            priority=self.priority,
            seconds_behind=self.seconds_behind,
        )


def line_name(execution_id: str, wave_number: int) -> str:
    """A wave's key at a place."""
    return f"{execution_id}#{wave_key(wave_number)}"


def bunches_of(servers: Iterable[WaitingServer]) -> tuple[Bunch, ...]:
    """The servers as bunches, in a fixed order."""
    counts = Counter((server.kind, server.expected_seconds, server.limit) for server in servers)
    return tuple(sorted(Bunch(*like, count) for like, count in counts.items()))


def line_life(next_look_seconds: float) -> timedelta:
    """How long a line counts whose wave looks again after these seconds."""
    return max(LINE_LIFE, LOOKS_IN_A_LIFE * timedelta(seconds=next_look_seconds))


def lines_that_count(lines: Iterable[PlaceLine], own: LineKey, now: datetime) -> list[PlaceLine]:
    """The lines of other waves that are still renewed."""
    return [line for line in lines if line.key != own and line.fresh_until > now]


def must_be_saved(earlier: PlaceLine | None, line: PlaceLine, now: datetime) -> bool:
    """Whether the line says something new, or would soon no longer count."""
    if earlier is None or msgspec.structs.replace(earlier, fresh_until=line.fresh_until) != line:
        return True
    return earlier.fresh_until - now < (line.fresh_until - now) / 2


def behind_text(queued: Queued, others: Mapping[LineKey, PlaceLine], own: LineKey) -> str:
    """What the servers of a wave wait behind, in words; empty if only for running jobs."""
    ahead = [others[key] for key in queued.ahead if key in others and key != own]
    if not ahead:
        return ""
    first = ahead[0]
    whose = "" if first.execution_id == own[0] else f" of the {first.mode} of '{first.plan_name}'"
    more = f" and {count_of(len(ahead) - 1, 'more wave')}" if len(ahead) > 1 else ""
    return f"behind {first.title}{whose}{more}."


def about_text(seconds: float) -> str:
    """About how long the first server waits, in steps of 5 minutes, so that it does not change with every look."""
    return f"{_ABOUT}{5 * max(1, math.ceil(seconds / 300))} minutes."


def without_time(reason: str) -> str:
    """A reason without the time in it: what has to change for a new line in the timeline."""
    return reason.partition(_ABOUT)[0]


def place_line(
    place: Place, line: Line, left: Sequence[WaitingServer], *, names: tuple[str, str], fresh_until: datetime
) -> PlaceLine:
    """The line of a wave whose servers ``left`` wait; ``names`` are those of the plan and the wave."""
    return PlaceLine(
        account_id=place.account_id,
        region=place.region,
        execution_id=line.execution_id,
        wave_number=line.wave_number,
        wave_name=names[1],
        plan_name=names[0],
        mode=line.mode,
        since=line.since,
        bunches=bunches_of(left),
        fresh_until=fresh_until,
        priority=line.priority,
        seconds_behind=line.seconds_behind,
    )
