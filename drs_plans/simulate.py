"""The command ``simulate``: how long the plans of a file would take, and what would keep servers waiting.

It asks no installation. What a file does not say (operating systems, how many servers a tag selects) are options.
"""

import math
import random
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.launches.simulation import Played, SimulatedPlan, SimulatedServer, bounds_of, play
from chalicelib.domain.plans.graph import find_cycle
from drs_emulator.documents import Document

KIND_SECONDS = {"LINUX": 540.0, "WINDOWS": 1_440.0}
"""The expected time of a server's DRS job, as the product takes it from real drills."""

ERROR = 0.25
"""The standard deviation of the logarithm of a server's time over its expected time."""

_SHOWN_WAVES = 5


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """What the file does not say. ``seed`` makes a simulation repeatable."""

    runs: int = 200
    seed: int = 1
    windows_percent: int = 30
    servers_by_tags: int = 20


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The simulated recoveries of one plan: the run times in order, and the means of what waits."""

    name: str
    rto_minutes: float | None
    servers: int
    waves: int
    seconds: Sequence[float]
    bound_seconds: float
    queued: Sequence[tuple[str, float]]
    servers_percent: float
    jobs_percent: float

    def percentile(self, share: int) -> float:
        """The time within which this share of the runs, in percent, ended."""
        return self.seconds[max(0, math.ceil(len(self.seconds) * share / 100) - 1)]


def simulate_plans(document: Document, assumptions: Assumptions) -> list[Outcome]:
    """Plays each plan of the file. Raises DocumentError for what cannot be played, with its line."""
    groups = {str(group.get("name")): group for group in _entries(document, "groups")}
    plans = list(_entries(document, "plans"))
    if not plans:
        raise document.error("plans", "has no plans to simulate")
    return [_simulate(document, f"plans[{index}]", plan, groups, assumptions) for index, plan in enumerate(plans)]


def describe_outcome(outcome: Outcome) -> Iterator[str]:
    """The outcome in lines for people."""
    p50, p90 = outcome.percentile(50), outcome.percentile(90)
    yield f"{outcome.name}: {outcome.servers} servers in {outcome.waves} waves, {len(outcome.seconds)} runs"
    yield f"    recovery time  P50 {_minutes(p50)}, P90 {_minutes(p90)}, longest {_minutes(outcome.seconds[-1])}"
    yield f"    lower bound    {_minutes(outcome.bound_seconds)}"
    if outcome.rto_minutes is not None:
        met = sum(seconds <= outcome.rto_minutes * 60 for seconds in outcome.seconds)
        share = 100 * met // len(outcome.seconds)
        yield f"    RTO            {outcome.rto_minutes:g} min, met in {share} % of the runs"
    yield (
        f"    quotas         500 servers bind {outcome.servers_percent:.0f} % of the time, "
        f"20 jobs {outcome.jobs_percent:.0f} %"
    )
    for name, seconds in outcome.queued[:_SHOWN_WAVES]:
        yield f"    waits          {name}: {_minutes(seconds)} for quotas"


def outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    """The outcome for programs, times in seconds."""
    return {
        "plan": outcome.name,
        "servers": outcome.servers,
        "runs": len(outcome.seconds),
        "p50Seconds": round(outcome.percentile(50)),
        "p90Seconds": round(outcome.percentile(90)),
        "longestSeconds": round(outcome.seconds[-1]),
        "lowerBoundSeconds": round(outcome.bound_seconds),
        "boundByServersPercent": round(outcome.servers_percent),
        "boundByJobsPercent": round(outcome.jobs_percent),
        "queuedSeconds": {name: round(seconds) for name, seconds in outcome.queued},
    }


def _simulate(
    document: Document, field: str, plan: Mapping[str, Any], groups: Mapping[str, Any], assumptions: Assumptions
) -> Outcome:
    shape = _Shape(document, field, plan, groups, assumptions)
    target = plan.get("rtoMinutes")
    played: list[Played] = []
    bounds: list[float] = []
    for run in range(assumptions.runs):
        drawn = shape.draw(random.Random(f"{assumptions.seed} {field} {run}"))
        played.append(play(drawn))
        bounds.append(bounds_of(drawn).seconds)
    waits = {shape.names[wave]: statistics.mean(one.queued_seconds[wave] for one in played) for wave in shape.needs}
    whole = sum(one.seconds for one in played) * max(1, len(shape.places)) or 1.0
    return Outcome(
        name=str(plan.get("name")),
        rto_minutes=_number(document, f"{field}.rtoMinutes", target) if target is not None else None,
        servers=len(shape.servers),
        waves=len(shape.needs),
        seconds=sorted(one.seconds for one in played),
        bound_seconds=statistics.median(bounds),
        queued=sorted(((name, mean) for name, mean in waits.items() if mean >= 1), key=lambda item: -item[1]),
        servers_percent=100 * sum(one.bound_by("servers") for one in played) / whole,
        jobs_percent=100 * sum(one.bound_by("jobs") for one in played) / whole,
    )


class _Shape:
    """What all runs of a plan have in common: its waves, and its servers with their places and kinds."""

    def __init__(
        self,
        document: Document,
        field: str,
        plan: Mapping[str, Any],
        groups: Mapping[str, Any],
        assumptions: Assumptions,
    ) -> None:
        chance = random.Random(f"{assumptions.seed} {field}")
        waves = list(_entries(document, f"{field}.waves", plan.get("waves")))
        self.needs: dict[int, list[int]] = {}
        self.delays: dict[int, float] = {}
        self.names: dict[int, str] = {}
        self.servers: list[tuple[str, int, str, str]] = []
        for number, wave in enumerate(waves, 1):
            at = f"{field}.waves[{number - 1}]"
            needs = wave.get("dependsOn", [number - 1] if number > 1 else [])
            if not isinstance(needs, list) or any(other not in range(1, len(waves) + 1) for other in needs):
                raise document.error(f"{at}.dependsOn", f"must be a list of wave numbers from 1 to {len(waves)}")
            self.needs[number] = needs
            self.delays[number] = _number(document, f"{at}.delaySeconds", wave.get("delaySeconds", 0))
            self.names[number] = f"wave {number} '{wave.get('name', '')}'"
            names = wave.get("protectionGroups", [])
            if not isinstance(names, list):
                raise document.error(f"{at}.protectionGroups", "must be a list of names of groups")
            for name in map(str, names):
                if name not in groups:
                    raise document.error(f"{at}.protectionGroups", f"the group '{name}' is not in the file")
                for server_id in _servers_of(groups[name], assumptions):
                    kind = "WINDOWS" if chance.random() * 100 < assumptions.windows_percent else "LINUX"
                    place = f"{groups[name].get('accountId')}/{groups[name].get('region')}"
                    self.servers.append((f"{name}/{server_id}", number, place, kind))
        if find_cycle(self.needs):
            raise document.error(f"{field}.waves", "depend on each other in a cycle; remove one of the dependencies")
        self.places = {place for _, _, place, _ in self.servers}

    def draw(self, chance: random.Random) -> SimulatedPlan:
        """The plan with the times of one run."""
        servers = [
            SimulatedServer(
                server_id=server_id,
                wave=wave,
                place=place,
                kind=kind,
                expected_seconds=KIND_SECONDS[kind],
                seconds=KIND_SECONDS[kind] * math.exp(ERROR * chance.gauss(0.0, 1.0)),
            )
            for server_id, wave, place, kind in self.servers
        ]
        return SimulatedPlan(needs=self.needs, servers=servers, delays=self.delays)


def _servers_of(group: Mapping[str, Any], assumptions: Assumptions) -> Sequence[str]:
    ids = group.get("sourceServerIds")
    return [str(item) for item in ids] if ids else [f"by tags {index}" for index in range(assumptions.servers_by_tags)]


def _entries(document: Document, field: str, content: Any = None) -> Iterator[Mapping[str, Any]]:
    entries = document.get(field, []) if content is None else content
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise document.error(field, "must be a list of mappings")
    yield from entries


def _number(document: Document, field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise document.error(field, "must be a number, 0 or more")
    return float(value)


def _minutes(seconds: float) -> str:
    return f"{round(seconds / 60)} min"
