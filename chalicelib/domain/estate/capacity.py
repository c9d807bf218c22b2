"""How much of DRS's quotas is used: by account and Region, and rolled up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from .accounts import Place
from .fleet import FleetCounts
from .inventory import RegionSighting, RegionState
from .quotas import JOBS_IN_PROGRESS, REPLICATING_SERVERS, SERVERS_IN_JOBS, SERVERS_PER_JOB, SOURCE_SERVERS, Load


class Level(StrEnum):
    """How close to its limit a quota is, in ascending order."""

    OK = "OK"
    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


LEVELS_FROM_PERCENT: Mapping[Level, int] = {Level.INFO: 60, Level.WARNING: 80, Level.CRITICAL: 95}
"""The percentage of a quota from which each level applies; below the first it is OK."""


class QuotaName(StrEnum):
    REPLICATING_SERVERS = "REPLICATING_SERVERS"
    SOURCE_SERVERS = "SOURCE_SERVERS"
    JOBS_IN_PROGRESS = "JOBS_IN_PROGRESS"
    SERVERS_IN_JOBS = "SERVERS_IN_JOBS"
    SERVERS_PER_JOB = "SERVERS_PER_JOB"


class Quota(msgspec.Struct, frozen=True):
    """A quota of DRS for an account and Region: its code in Service Quotas, and the value that AWS publishes."""

    name: QuotaName
    code: str
    limit: int


_REPLICATING = Quota(QuotaName.REPLICATING_SERVERS, "L-C1D14A2B", REPLICATING_SERVERS)
_SOURCE_SERVERS = Quota(QuotaName.SOURCE_SERVERS, "L-E28BE5E0", SOURCE_SERVERS)
_JOBS = Quota(QuotaName.JOBS_IN_PROGRESS, "L-D88FAC3A", JOBS_IN_PROGRESS)
_IN_JOBS = Quota(QuotaName.SERVERS_IN_JOBS, "L-05AFA8C6", SERVERS_IN_JOBS)
_PER_JOB = Quota(QuotaName.SERVERS_PER_JOB, "L-B827C881", SERVERS_PER_JOB)
QUOTAS = (_REPLICATING, _SOURCE_SERVERS, _JOBS, _IN_JOBS, _PER_JOB)


class Usage(msgspec.Struct, frozen=True, rename="camel"):
    """How much of a quota is used. ``percent`` is rounded down; the level goes by the exact share."""

    quota: QuotaName
    used: int
    limit: int
    percent: int
    level: Level


class PlaceCapacity(msgspec.Struct, frozen=True, rename="camel"):
    """The quotas of one account and Region.

    ``asOf`` is when the inventory last saw every server there; null if it never did. What is not known is missing in
    ``usages`` and named in ``problems``.
    """

    account_id: str
    region: str
    state: RegionState | None
    as_of: datetime | None
    extended_servers: int
    usages: tuple[Usage, ...]
    problems: tuple[str, ...]
    level: Level


class AccountCapacity(msgspec.Struct, frozen=True, rename="camel"):
    """The quotas of an account over its Regions: sums, and the worst level of any Region.

    ``asOf`` is the oldest of its Regions. ``extendedServers`` replicate into staging accounts.
    ``unknownRegions`` are Regions of which something is not known.
    """

    account_id: str
    name: str
    level: Level
    usages: tuple[Usage, ...]
    extended_servers: int
    as_of: datetime | None
    unknown_regions: int


def usage_of(quota: QuotaName, used: int, limit: int) -> Usage:
    """The use of a quota. A limit of 0 is full."""
    return Usage(quota, used, limit, used * 100 // limit if limit else 100, _level_of(used, limit))


def worst(levels: Iterable[Level]) -> Level:
    """The highest of the levels; OK if there are none."""
    order = list(Level)
    return max(levels, key=order.index, default=Level.OK)


def place_capacity(
    place: Place, sighting: RegionSighting | None, load: Load | None, problems: Sequence[str] = ()
) -> PlaceCapacity:
    """The capacity of a place: servers as the inventory counted them, jobs as DRS shows them now.

    ``load`` None: the jobs were not read, for the reason in ``problems`` if there should be one.
    """
    usages: list[Usage] = []
    unknown: list[str] = []
    if sighting is None:
        unknown.append("The inventory has not seen this Region yet; run the sync of the inventory.")
    else:
        if sighting.replicating_count is None:
            unknown.append("Servers that replicate were not counted yet; the next sync of the inventory counts them.")
        else:
            usages += [
                usage_of(_REPLICATING.name, sighting.replicating_count, _REPLICATING.limit),
                usage_of(_SOURCE_SERVERS.name, sighting.server_count, _SOURCE_SERVERS.limit),
            ]
        if sighting.last_error:
            unknown.append(f"The last sync of the inventory failed here: {sighting.last_error}")
    if load is not None:
        usages += [usage_of(_JOBS.name, load.jobs, _JOBS.limit), usage_of(_IN_JOBS.name, load.servers, _IN_JOBS.limit)]
    return PlaceCapacity(
        account_id=place.account_id,
        region=place.region,
        state=sighting.state if sighting else None,
        as_of=sighting.synced_at if sighting else None,
        extended_servers=sum(sighting.extended.values()) if sighting else 0,
        usages=tuple(usages),
        problems=(*unknown, *problems),
        level=worst(usage.level for usage in usages),
    )


def account_capacity(account_id: str, name: str, places: Sequence[PlaceCapacity]) -> AccountCapacity:
    """The capacity of an account, from those of its Regions."""
    return AccountCapacity(
        account_id=account_id,
        name=name,
        level=worst(place.level for place in places),
        usages=roll_up(places),
        extended_servers=sum(place.extended_servers for place in places),
        as_of=min((place.as_of for place in places if place.as_of), default=None),
        unknown_regions=sum(bool(place.problems) for place in places),
    )


def nearness(part: AccountCapacity | PlaceCapacity) -> tuple[int, int]:
    """How near an account or a place is to a limit, for sorting: by its level, then by its fullest quota."""
    return list(Level).index(part.level), max((usage.percent for usage in part.usages), default=0)


class EstateFigures(msgspec.Struct, frozen=True, rename="camel"):
    """The source servers of all places, and the capacity of each of them, the fullest first."""

    servers: FleetCounts
    capacity: tuple[PlaceCapacity, ...]


def worst_first(places: Iterable[PlaceCapacity]) -> tuple[PlaceCapacity, ...]:
    """The places by how near they are to a limit; those of which that is not known come first."""
    return tuple(sorted(places, key=lambda place: (bool(place.usages), *(-each for each in nearness(place)))))


def roll_up(parts: Iterable[PlaceCapacity] | Iterable[AccountCapacity]) -> tuple[Usage, ...]:
    """The sums of each quota over several parts, without those that are not known.

    A sum can be OK while one part is full, so the level of a whole is the worst of its parts and not that of its sum.
    """
    used: dict[QuotaName, int] = {}
    limits: dict[QuotaName, int] = {}
    for part in parts:
        for usage in part.usages:
            used[usage.quota] = used.get(usage.quota, 0) + usage.used
            limits[usage.quota] = limits.get(usage.quota, 0) + usage.limit
    return tuple(usage_of(quota, used[quota], limits[quota]) for quota in QuotaName if quota in used)


def _level_of(used: int, limit: int) -> Level:
    reached = [level for level, percent in LEVELS_FROM_PERCENT.items() if used * 100 >= percent * limit]
    return worst(reached)
