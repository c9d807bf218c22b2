"""The fleet: the source servers of all places in the order of lists, and counts of them."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from ..limits import cut_bytes
from ..text import name_key
from .accounts import Place
from .inventory import RegionSighting, RegionState
from .servers import SourceServer

_MOST_NAME_BYTES = 512
"""A sort key has at most 1,024 bytes."""

_UNKNOWN = "~"
"""Comes after every digit."""

_ID_OR_ADDRESS = re.compile(r"(s-|i-|[0-9])")


class ServerSort(StrEnum):
    """By host name, or by lag with the servers that are furthest behind first; those of unknown lag come before."""

    HOST_NAME = "HOST_NAME"
    LAG = "LAG"


def name_start(text: str) -> str:
    """How the key of a host name begins that begins with ``text``."""
    return cut_bytes(name_key(text), _MOST_NAME_BYTES)


def name_order(server: SourceServer) -> str:
    """The sort key of a server by host name."""
    return f"{name_start(server.hostname)}#{server.source_server_id}"


def lag_order(server: SourceServer) -> str:
    """The sort key of a server by lag."""
    lag = server.known_lag_seconds
    return f"{_UNKNOWN if lag is None else f'{lag:012d}'}#{server.source_server_id}"


def may_be_id(text: str) -> bool:
    """Whether a text may be the beginning of an id or an address, and not only of a host name."""
    return _ID_OR_ADDRESS.match(text) is not None


def is_named(server: SourceServer, text: str) -> bool:
    """Whether its host name, its id, its source instance's id or one of its addresses begins with ``text``."""
    if name_order(server).startswith(name_start(text)):
        return True
    ids = (server.source_server_id, server.source_instance_id, *server.private_addresses)
    return any(each.startswith(text) for each in ids)


def has_tag(server: SourceServer, wanted: str) -> bool:
    """Whether it has a tag: ``Key=value``, or ``Key`` with any value. Upper and lower case differ, as in AWS."""
    key, given, value = wanted.partition("=")
    return key in server.tags and (not given or server.tags[key] == value)


class PlaceCounts(msgspec.Struct, frozen=True, rename="camel"):
    """The servers of an account and Region by replication state and by readiness, as the last complete scan saw them.

    ``asOf`` is the time of that scan, null if there was none. ``problem`` is why the numbers are missing or old; empty
    if they are neither. ``worstLagSeconds`` is the longest known lag; null if none is known.
    """

    account_id: str
    region: str
    state: RegionState | None
    server_count: int
    replication: dict[str, int]
    readiness: dict[str, int]
    as_of: datetime | None
    problem: str
    worst_lag_seconds: int | None = None


class FleetCounts(msgspec.Struct, frozen=True, rename="camel"):
    """The servers of some places; the totals leave out those of places that were not counted.

    ``asOf`` is the oldest of the places.
    """

    server_count: int
    replication: dict[str, int]
    readiness: dict[str, int]
    as_of: datetime | None
    places: list[PlaceCounts]


def count_place(place: Place, seen: RegionSighting | None) -> PlaceCounts:
    """The counts of one place, which the sync of the inventory keeps."""
    if seen is None:
        problem = "The inventory has not seen this Region yet; run the sync of the inventory."
        return PlaceCounts(place.account_id, place.region, None, 0, {}, {}, None, problem)
    problem = f"The last sync of the inventory failed here: {seen.last_error}" if seen.last_error else ""
    if seen.replication is None and seen.server_count:
        problem = problem or "Servers were not counted by state yet; the next sync of the inventory counts them."
    return PlaceCounts(
        account_id=place.account_id,
        region=place.region,
        state=seen.state,
        server_count=seen.server_count,
        replication=seen.replication or {},
        readiness=seen.readiness or {},
        as_of=seen.synced_at,
        problem=problem,
        worst_lag_seconds=seen.worst_lag_seconds,
    )


def count_fleet(places: Iterable[PlaceCounts]) -> FleetCounts:
    """The sums over places, in the order of accounts and Regions."""
    every = sorted(places, key=lambda place: (place.account_id, place.region))
    return FleetCounts(
        server_count=sum(place.server_count for place in every),
        replication=_sum(place.replication for place in every),
        readiness=_sum(place.readiness for place in every),
        as_of=min((place.as_of for place in every if place.as_of), default=None),
        places=every,
    )


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(sorted(total.items()))
