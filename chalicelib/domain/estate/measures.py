"""The values of the metrics, from what is stored. What is not known is left out; it never counts as 0."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ..plans.drill_ages import DrillFigures
from ..runs.figures import OutcomeFigures
from ..runs.records import Execution, Mode
from ..runs.waiting import OpenDecision
from .capacity import EstateFigures, PlaceCapacity, QuotaName
from .fleet import PlaceCounts

FRESH_FOR = timedelta(minutes=15)
"""Figures are kept every 5 minutes; older ones are not measured as if they were of now."""


class Unit(StrEnum):
    """The units as CloudWatch names them."""

    COUNT = "Count"
    PERCENT = "Percent"
    SECONDS = "Seconds"


UNITS: Mapping[str, Unit] = {
    "ReplicationLag": Unit.SECONDS,
    "ServersBehind": Unit.COUNT,
    "InventoryAge": Unit.SECONDS,
    "ReplicatingServers": Unit.COUNT,
    "ReplicatingServersLimit": Unit.COUNT,
    "SourceServers": Unit.COUNT,
    "SourceServersLimit": Unit.COUNT,
    "CapacityPercent": Unit.PERCENT,
    "UnseenPlaces": Unit.COUNT,
    "SyncAge": Unit.SECONDS,
    "ActiveExecutions": Unit.COUNT,
    "OpenDecisions": Unit.COUNT,
    "OldestDecisionAge": Unit.SECONDS,
    "WorstDrillAge": Unit.SECONDS,
    "OverdueDrills": Unit.COUNT,
    "LeftOverDrills": Unit.COUNT,
    "LeftOverInstances": Unit.COUNT,
    "MissingParts": Unit.COUNT,
}
"""Every metric of the scheduled query, with its unit."""

_QUOTAS: Mapping[QuotaName, str] = {
    QuotaName.REPLICATING_SERVERS: "ReplicatingServers",
    QuotaName.SOURCE_SERVERS: "SourceServers",
}


class Measures(msgspec.Struct, frozen=True):
    """Values by metric; ``of`` are the dimensions beside the stage."""

    values: Mapping[str, int]
    of: Mapping[str, str] = {}


def is_fresh(as_of: datetime | None, now: datetime) -> bool:
    return as_of is not None and now - as_of <= FRESH_FOR


def measure_estate(figures: EstateFigures, now: datetime) -> list[Measures]:
    """Lag and capacity of each account and Region, and the fullest quota of all.

    A place that the inventory has not seen completely within 15 minutes has its age and nothing else.
    """
    capacity = {(each.account_id, each.region): each for each in figures.capacity}
    measured, percents, unseen = [], [], 0
    for counts in figures.servers.places:
        place = capacity.get((counts.account_id, counts.region))
        values = _ages(counts, now)
        if is_fresh(counts.as_of, now) and values:
            values |= {**_lags(counts), **(_used(place) if place else {})}
            percents += [usage.percent for usage in place.usages] if place else []
        else:
            unseen += 1
        measured.append(Measures(values, {"AccountId": counts.account_id, "Region": counts.region}))
    whole = {"UnseenPlaces": unseen, **({"CapacityPercent": max(percents)} if percents else {})}
    return [*(each for each in measured if each.values), Measures(whole)]


def measure_syncs(succeeded: Mapping[str, datetime], now: datetime) -> list[Measures]:
    """How long ago each kind of sync ended with success the last time."""
    return [Measures({"SyncAge": _seconds(at, now)}, {"Sync": kind}) for kind, at in succeeded.items()]


def measure_executions(running: Iterable[Execution]) -> list[Measures]:
    """The executions that have not ended, by mode."""
    count = Counter(run.mode for run in running)
    return [Measures({"ActiveExecutions": count[mode]}, {"Mode": mode.value}) for mode in Mode]


def measure_decisions(decisions: Iterable[OpenDecision], now: datetime) -> list[Measures]:
    """What waits for a person, and for how long."""
    every = list(decisions)
    ages = [_seconds(decision.since, now) for decision in every if decision.since]
    return [Measures({"OpenDecisions": len(every), **({"OldestDecisionAge": max(ages)} if ages else {})})]


def measure_drills(figures: DrillFigures, now: datetime) -> list[Measures]:
    """How old the last drill is of the plan that was not drilled for the longest time, and how many plans are due.

    A plan that was never drilled counts from its creation.
    """
    overdue = sum(plan.overdue_from < now for plan in figures.plans)
    ages = [_seconds(plan.overdue_from - timedelta(days=plan.target_days), now) for plan in figures.plans]
    return [Measures({"OverdueDrills": overdue, **({"WorstDrillAge": max(ages)} if ages else {})})]


def measure_left_over(figures: OutcomeFigures) -> list[Measures]:
    """Drills that have ended and whose instances still exist, and these instances."""
    return [Measures({"LeftOverDrills": figures.left_over_count, "LeftOverInstances": figures.left_over_instances})]


def _ages(counts: PlaceCounts, now: datetime) -> dict[str, int]:
    """The age of the last complete scan; empty if there was none. Without one, ``as_of`` is the first attempt."""
    was_complete = counts.replication or (counts.state is not None and counts.state.is_complete)
    return {"InventoryAge": _seconds(counts.as_of, now)} if counts.as_of and was_complete else {}


def _lags(counts: PlaceCounts) -> dict[str, int]:
    """Nothing is said of servers that were not counted by state yet. STOPPED servers are behind, too."""
    if not counts.replication and counts.server_count:
        return {}
    behind = {"ServersBehind": counts.server_count - counts.replication.get("CONTINUOUS", 0)}
    return behind if counts.worst_lag_seconds is None else {"ReplicationLag": counts.worst_lag_seconds, **behind}


def _used(place: PlaceCapacity) -> dict[str, int]:
    used: dict[str, int] = {}
    for usage in place.usages:
        if usage.quota in _QUOTAS:
            name = _QUOTAS[usage.quota]
            used |= {name: usage.used, f"{name}Limit": usage.limit}
    return used


def _seconds(since: datetime, now: datetime) -> int:
    return max(0, round((now - since).total_seconds()))
