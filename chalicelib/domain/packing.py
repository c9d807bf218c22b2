"""Packing: which servers go into which DRS job now, and which must wait."""

from collections.abc import Mapping, Sequence

import msgspec

from .accounts import Place
from .quotas import SERVERS_PER_JOB, Load


class Packing(msgspec.Struct, frozen=True):
    """Jobs to ask for now, and the servers that stay queued, each group with the reason."""

    jobs: tuple[tuple[Place, tuple[str, ...]], ...]
    queued: dict[str, str]


def pack(
    waiting: Mapping[Place, Sequence[str]], loads: Mapping[Place, Load], refusals: Mapping[str, int] | None = None
) -> Packing:
    """Packs waiting servers into as few jobs as the quotas of each place allow.

    ``refusals`` counts how often DRS refused a job with that server for a conflict that nobody could explain: such
    servers go into ever smaller jobs, so that one locked server cannot hold up its neighbours for ever. A place
    without a load (it could not be observed) takes nothing.
    """
    refused = refusals or {}
    jobs: list[tuple[Place, tuple[str, ...]]] = []
    queued: dict[str, str] = {}
    for place in sorted(waiting):
        load = loads.get(place)
        if load is None:
            queued |= dict.fromkeys(waiting[place], f"The DRS jobs of {place} could not be observed.")
            continue
        busy = [server for server in waiting[place] if server in load.busy]
        queued |= dict.fromkeys(busy, "Another DRS job is working on the server.")
        ready = sorted(
            (server for server in waiting[place] if server not in load.busy), key=lambda item: refused.get(item, 0)
        )
        taken, packed = _fill(ready, load, refused)
        jobs += [(place, chunk) for chunk in packed]
        queued |= dict.fromkeys(ready[taken:], f"The DRS quotas of {place} are used up.")
    return Packing(tuple(jobs), queued)


def _fill(ready: Sequence[str], load: Load, refused: Mapping[str, int]) -> tuple[int, list[tuple[str, ...]]]:
    packed: list[tuple[str, ...]] = []
    taken = 0
    room = min(len(ready), load.free_servers)
    while taken < room and len(packed) < load.free_jobs:
        times = refused.get(ready[taken], 0)
        size = min(max(1, SERVERS_PER_JOB >> times), room - taken)
        chunk = [server for server in ready[taken : taken + size] if refused.get(server, 0) == times]
        packed.append(tuple(chunk))
        taken += len(chunk)
    return taken, packed
