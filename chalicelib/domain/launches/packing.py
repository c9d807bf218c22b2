"""Packing: which servers of a wave go into which DRS job now, and which must wait, behind what."""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ..attempts import FOR_ONE_SERVER
from ..estate.accounts import Place
from ..estate.quotas import SERVERS_PER_JOB, Load
from ..runs.pace import expected_seconds, launch_seconds
from ..runs.records import Execution, JobRun, JobStatus, ServerRun, WaveRun
from .place_lines import PlaceLine, about_text, behind_text
from .place_order import Line, WaitingServer, decide_order, paths_behind

_STEP = 1.1
"""Expected times in a line are rounded to steps of this factor."""


class Packing(msgspec.Struct, frozen=True):
    """The jobs to request now, and the servers that stay queued, each with the reason.

    ``left`` are by place those that wait for quotas; others wait for another job, or because DRS could not be seen.
    """

    jobs: tuple[tuple[Place, tuple[str, ...]], ...]
    queued: dict[str, str]
    left: dict[Place, tuple[WaitingServer, ...]]


def pack(
    lines: Mapping[Place, Line],
    loads: Mapping[Place, Load],
    others: Mapping[Place, Sequence[PlaceLine]] | None = None,
    unread: Mapping[Place, str] | None = None,
) -> Packing:
    """Packs the waiting servers of a wave into jobs, in the order of all that waits at each place.

    ``others`` are the other waves that wait there: what belongs to a better one is left for it. A place without a load
    could not be observed, for the reason in ``unread``, and nothing is launched there.
    """
    jobs: list[tuple[Place, tuple[str, ...]]] = []
    queued: dict[str, str] = {}
    left: dict[Place, tuple[WaitingServer, ...]] = {}
    for place, mine in sorted(lines.items()):
        load = loads.get(place)
        if load is None:
            reason = (unread or {}).get(place, "")
            message = f"The DRS jobs in {place} could not be read. {reason}".rstrip()
            queued |= {server.server_id: message for server in mine.servers}
            continue
        busy = [server.server_id for server in mine.servers if server.server_id in load.busy]
        queued |= dict.fromkeys(busy, "Another DRS job is working on the server.")
        ahead = {line.key: line for line in (others or {}).get(place, ())}
        order = decide_order([mine, *(line.line for line in ahead.values())], load)
        jobs += [(place, job.server_ids) for job in order.jobs if job.line == mine.key]
        if waits := order.queued.get(mine.key):
            behind = behind_text(waits, ahead, mine.key)
            waits_for = (
                f"Waits for the DRS quotas in {place}, {behind}"
                if behind
                else f"The DRS quotas in {place} are used up."
            )
            reason = waits_for + about_text(waits.seconds)
            queued |= dict.fromkeys(waits.server_ids, reason)
            waiting = set(waits.server_ids)
            left[place] = tuple(server for server in mine.servers if server.server_id in waiting)
    return Packing(tuple(jobs), queued, left)


def line_of(
    execution: Execution,
    wave: WaveRun,
    servers: Iterable[ServerRun],
    limits: Mapping[str, int],
    *,
    seconds_behind: float,
    pace: float,
) -> Line:
    """The waiting ``servers`` of the wave at one place.

    ``limits`` is the largest size of a job with the server, for some servers. After an unexplained refusal jobs become
    smaller and smaller, so that one locked server cannot hold up the others for ever; such jobs come last.

    Expected times are rounded, so that the line has few different ones however many servers wait. All waves decide by
    the rounded times, because two that compared exact times with rounded ones could each wait for the other.
    """
    return Line(
        execution_id=execution.execution_id,
        wave_number=wave.wave_number,
        mode=execution.mode,
        since=execution.started_at,
        servers=tuple(
            WaitingServer(
                run.source_server_id,
                run.os,
                _in_steps(launch_seconds(run, pace), expected_seconds([run.os], pace)),
                limits.get(run.source_server_id, SERVERS_PER_JOB),
            )
            for run in servers
        ),
        priority=execution.priority,
        seconds_behind=seconds_behind,
    )


def _in_steps(seconds: float, typical: float) -> float:
    """The expected time rounded to a step from the typical time."""
    if seconds <= 0 or typical <= 0:
        return typical
    return round(typical * _STEP ** round(math.log(seconds / typical, _STEP)), 3)


def seconds_behind(wave: WaveRun, waves: Iterable[WaveRun]) -> float:
    """The longest expected path of the waves that wait for this one; ``waves`` are all waves of the execution."""
    known = {other.wave_number: other for other in waves}
    spans = {number: other.expected_seconds + other.delay_seconds for number, other in known.items()}
    return paths_behind({number: other.depends_on for number, other in known.items()}, spans)[wave.wave_number]


def waiting_reasons(waiting: Mapping[Place, Line], queued: Mapping[str, str]) -> dict[str, str]:
    """Why servers of each place are queued, by place as text."""
    found: dict[str, str] = {}
    for place, line in waiting.items():
        reasons = {queued[server.server_id] for server in line.servers if server.server_id in queued}
        if reasons:
            found[str(place)] = "; ".join(sorted(reasons))
    return found


def limit_jobs(jobs: Iterable[JobRun]) -> dict[str, int]:
    """The largest size of the next request with a server, for servers of refused requests."""
    return limit_sizes(
        job.server_ids for job in jobs if job.status is JobStatus.REFUSED and job.refusal_kind in FOR_ONE_SERVER
    )


def limit_sizes(refused: Iterable[Sequence[str]]) -> dict[str, int]:
    """The largest size of the next request with an id, given the ids of requests refused because of one of them.

    Each refusal halves the next request, until the id at fault is alone in a request.
    """
    limits: dict[str, int] = {}
    for ids in refused:
        half = max(1, len(ids) // 2)
        for item in ids:
            limits[item] = min(half, limits.get(item, half))
    return limits
