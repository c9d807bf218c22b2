"""Packing: which servers go into which DRS job now, and which must wait."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ..attempts import FOR_ONE_SERVER
from ..estate.accounts import Place
from ..estate.quotas import SERVERS_PER_JOB, Load
from ..runs.records import JobRun, JobStatus


class Packing(msgspec.Struct, frozen=True):
    """The jobs to request now, and the servers that stay queued, each with the reason."""

    jobs: tuple[tuple[Place, tuple[str, ...]], ...]
    queued: dict[str, str]


def pack(
    waiting: Mapping[Place, Sequence[str]],
    loads: Mapping[Place, Load],
    limits: Mapping[str, int] | None = None,
    unread: Mapping[Place, str] | None = None,
) -> Packing:
    """Packs waiting servers into as few jobs as the quotas of each place allow.

    ``limits`` is the largest size of a job with the server, for some servers. After an unexplained refusal jobs become
    smaller and smaller, so that one locked server cannot hold up the others for ever; such jobs come last. A place
    without a load could not be observed, for the reason in ``unread``, and nothing is launched there.
    """
    limit_of = {server: (limits or {}).get(server, SERVERS_PER_JOB) for ids in waiting.values() for server in ids}
    jobs: list[tuple[Place, tuple[str, ...]]] = []
    queued: dict[str, str] = {}
    for place in sorted(waiting):
        load = loads.get(place)
        if load is None:
            reason = (unread or {}).get(place, "")
            queued |= dict.fromkeys(waiting[place], f"The DRS jobs in {place} could not be read. {reason}".rstrip())
            continue
        busy = [server for server in waiting[place] if server in load.busy]
        queued |= dict.fromkeys(busy, "Another DRS job is working on the server.")
        ready = [server for server in waiting[place] if server not in load.busy]
        ready.sort(key=lambda server: -limit_of[server])
        taken, packed = _fill(ready, load, limit_of)
        jobs += [(place, chunk) for chunk in packed]
        queued |= dict.fromkeys(ready[taken:], f"The DRS quotas in {place} are used up.")
    return Packing(tuple(jobs), queued)


def waiting_reasons(waiting: Mapping[Place, Sequence[str]], queued: Mapping[str, str]) -> dict[str, str]:
    """Why servers of each place are queued, by place as text."""
    found: dict[str, str] = {}
    for place, server_ids in waiting.items():
        reasons = {queued[server_id] for server_id in server_ids if server_id in queued}
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


def _fill(ready: Sequence[str], load: Load, limit_of: Mapping[str, int]) -> tuple[int, list[tuple[str, ...]]]:
    packed: list[tuple[str, ...]] = []
    taken = 0
    room = min(len(ready), load.free_servers)
    while taken < room and len(packed) < load.free_jobs:
        limit = limit_of[ready[taken]]
        size = min(limit, SERVERS_PER_JOB, room - taken)
        chunk = [server for server in ready[taken : taken + size] if limit_of[server] == limit]
        packed.append(tuple(chunk))
        taken += len(chunk)
    return taken, packed
