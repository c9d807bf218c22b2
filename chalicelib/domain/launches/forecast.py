"""How long the recovery of a plan will take: its recoveries are simulated with times drawn from the expected ones.

The launches are decided by the code that decides real ones. A forecast is determined by its arguments.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean

import msgspec

from ..estate.accounts import Place
from ..plans.plans import RecoveryPlan
from ..text import count_of
from .beside import NOTHING_BESIDE, Beside, ExecutionBeside, with_others
from .draws import Chance, drawn_times, percentile
from .expected_times import ExpectedTime, TimeSource
from .place_order import NOT_STARTED
from .plan_changes import PlanChange, changes_of
from .simulation import Played, SimulatedPlan, SimulatedServer, Turn, bounds_of, play

SIMULATED_SERVERS = 35_000
"""In all runs of a forecast together. It keeps a forecast for 1,000 servers within a second."""

FEWEST_RUNS, MOST_RUNS = 11, 101

NAMED_SERVERS = 3


class ForecastServer(msgspec.Struct, frozen=True):
    """A server that would launch. ``fast_seconds`` is its expected time in FAST mode, None if it launches so."""

    source_server_id: str
    hostname: str
    wave_number: int
    place: Place
    kind: str
    expected: ExpectedTime
    fast_seconds: float | None = None


class SlowServer(msgspec.Struct, frozen=True, rename="camel"):
    """A server that ends its wave in ``percent`` of the simulated recoveries."""

    source_server_id: str
    hostname: str
    percent: int
    p50_seconds: float
    p90_seconds: float


class WaveForecast(msgspec.Struct, frozen=True, rename="camel"):
    """When a wave starts and ends, in seconds after the start of the recovery, and how long it takes with its queueing.

    ``queuedSeconds`` is how long its last server waits for quotas, on average. ``criticalPercent`` is the share of
    simulated recoveries whose time it sets, and ``setBy`` are the servers that end it most often.
    """

    wave_number: int
    name: str
    server_count: int
    starts_p50_seconds: float
    ends_p50_seconds: float
    ends_p90_seconds: float
    p50_seconds: float
    p90_seconds: float
    queued_seconds: float
    critical_percent: int
    set_by: tuple[SlowServer, ...]


class PlaceForecast(msgspec.Struct, frozen=True, rename="camel"):
    """For how long servers wait in an account and Region, because its quota of servers or of jobs is used up."""

    account_id: str
    region: str
    server_count: int
    bound_by_servers_seconds: float
    bound_by_jobs_seconds: float


class Forecast(msgspec.Struct, frozen=True, rename="camel"):
    """How long the recovery would take: half of the simulated ones at most P50, 90 % at most P90.

    ``criticalPath`` are the waves that set the time of the median run, ``criticalPathSeconds`` the longest chain of
    waves if each server takes as long as expected, without quotas. ``rtoMetPercent`` is the share of ``runs`` within
    ``rtoMinutes``, null without such a target. ``sources`` is where the expected times come from. ``beside`` are the
    executions that launch at the same places now, which the simulation includes. Approvals, steps and failures are not
    part of it.
    """

    runs: int
    server_count: int
    p50_seconds: float
    p90_seconds: float
    critical_path: tuple[int, ...]
    critical_path_seconds: float
    rto_minutes: int | None
    rto_met_percent: int | None
    sources: dict[TimeSource, int]
    waves: tuple[WaveForecast, ...]
    places: tuple[PlaceForecast, ...]
    changes: tuple[PlanChange, ...]
    beside: tuple[ExecutionBeside, ...]
    statement: str


def forecast_plan(
    plan: RecoveryPlan, servers: Sequence[ForecastServer], chance: Chance, beside: Beside = NOTHING_BESIDE
) -> Forecast:
    """Forecasts the recovery of the plan with these servers, if it starts now beside these other executions.

    The same arguments and the same ``chance`` give the same forecast.
    """
    alone = draw_runs(plan, servers, chance, beside.server_count)
    runs = with_others(alone, beside, chance)
    played = [play(run) for run in runs]
    seconds = sorted(each.seconds for each in played)
    needs = alone[0].needs
    order = sorted(range(len(played)), key=lambda index: (played[index].seconds, index))
    bound = bounds_of(_as_expected(alone[0])).critical_path
    p50 = max(bound, percentile(seconds, 50))
    p90 = max(p50, percentile(seconds, 90))
    met = None
    if plan.rto_minutes is not None:
        met = _percent(sum(each <= plan.rto_minutes * 60 for each in seconds), len(seconds))
    path = tuple(played[order[len(order) // 2]].chain(needs))
    chains = [each.chain(needs) for each in played]
    return Forecast(
        runs=len(runs),
        server_count=len(servers),
        p50_seconds=_rounded(p50),
        p90_seconds=_rounded(p90),
        critical_path=path,
        critical_path_seconds=_rounded(bound),
        rto_minutes=plan.rto_minutes,
        rto_met_percent=met,
        sources=dict(sorted(Counter(server.expected.source for server in servers).items())),
        waves=tuple(_wave_forecasts(plan, servers, played, Counter(wave for chain in chains for wave in chain))),
        places=tuple(_place_forecasts(servers, played)),
        changes=tuple(changes_of(runs, played, path, _in_fast_mode(servers))),
        beside=beside.executions,
        statement=_statement(len(servers), p50, p90, plan.rto_minutes, met),
    )


def draw_runs(
    plan: RecoveryPlan, servers: Sequence[ForecastServer], chance: Chance, others: int = 0
) -> list[SimulatedPlan]:
    """The plan with the times of each run; with as many ``others``, servers of other executions, there are fewer runs.

    A server's times over all runs are spread evenly over its distribution, so that few runs suffice.
    """
    count = max(FEWEST_RUNS, min(MOST_RUNS, SIMULATED_SERVERS // max(1, len(servers) + others)))
    needs = {wave.number: wave.depends_on for wave in plan.waves}
    delays = {wave.number: float(wave.delay_seconds) for wave in plan.waves}
    drawn: list[list[SimulatedServer]] = [[] for _ in range(count)]
    for server in servers:
        middle = server.expected.p50_seconds
        times = drawn_times(middle, server.expected.spread, count, chance)
        place = str(server.place)
        for run, seconds in zip(drawn, times, strict=True):
            run.append(
                SimulatedServer(
                    server_id=server.source_server_id,
                    wave=server.wave_number,
                    place=place,
                    kind=server.kind,
                    expected_seconds=middle,
                    seconds=seconds,
                )
            )
    turn = Turn(since=NOT_STARTED, priority=plan.priority)
    return [SimulatedPlan(needs=needs, servers=run, delays=delays, turn=turn) for run in drawn]


def _wave_forecasts(
    plan: RecoveryPlan, servers: Sequence[ForecastServer], played: Sequence[Played], critical: Mapping[int, int]
) -> list[WaveForecast]:
    counts = Counter(server.wave_number for server in servers)
    by_id = {server.source_server_id: server for server in servers}
    forecasts = []
    for wave in plan.waves:
        number = wave.number
        starts = sorted(each.ready_at[number] for each in played)
        ends = sorted(each.ended_at[number] for each in played)
        took = sorted(each.ended_at[number] - each.ready_at[number] for each in played)
        last = Counter(each.last_servers[number] for each in played if number in each.last_servers)
        slowest = [(by_id[server_id], count) for server_id, count in last.most_common(NAMED_SERVERS)]
        forecasts.append(
            WaveForecast(
                wave_number=number,
                name=wave.name,
                server_count=counts[number],
                starts_p50_seconds=_rounded(percentile(starts, 50)),
                ends_p50_seconds=_rounded(percentile(ends, 50)),
                ends_p90_seconds=_rounded(percentile(ends, 90)),
                p50_seconds=_rounded(percentile(took, 50)),
                p90_seconds=_rounded(percentile(took, 90)),
                queued_seconds=_rounded(fmean(each.queued_seconds[number] for each in played)),
                critical_percent=_percent(critical.get(number, 0), len(played)),
                set_by=tuple(
                    SlowServer(
                        server.source_server_id,
                        server.hostname,
                        _percent(count, len(played)),
                        server.expected.p50_seconds,
                        server.expected.p90_seconds,
                    )
                    for server, count in slowest
                ),
            )
        )
    return forecasts


def _place_forecasts(servers: Sequence[ForecastServer], played: Sequence[Played]) -> list[PlaceForecast]:
    counts = Counter(server.place for server in servers)

    def bound(place: Place, quota: str) -> float:
        return _rounded(fmean(each.bound.get((str(place), quota), 0.0) for each in played))

    return [
        PlaceForecast(place.account_id, place.region, count, bound(place, "servers"), bound(place, "jobs"))
        for place, count in sorted(counts.items())
    ]


def _in_fast_mode(servers: Sequence[ForecastServer]) -> dict[str, float]:
    """The expected times in FAST mode of the servers that it would speed up, by id."""
    return {
        server.source_server_id: server.fast_seconds
        for server in servers
        if server.fast_seconds is not None and server.fast_seconds < server.expected.p50_seconds
    }


def _as_expected(run: SimulatedPlan) -> SimulatedPlan:
    servers = [msgspec.structs.replace(server, seconds=server.expected_seconds) for server in run.servers]
    return msgspec.structs.replace(run, servers=servers)


def _statement(count: int, p50: float, p90: float, rto_minutes: int | None, met: int | None) -> str:
    if not count:
        return "No server of the plan can launch, so there is nothing to forecast."
    text = f"The recovery of {count_of(count, 'server')} takes about {_minutes(p50)}, and in 9 of 10 cases at most "
    text += f"{_minutes(p90)}, without waiting for people and steps."
    if rto_minutes is None:
        return text
    return f"{text} The RTO of {rto_minutes} min is met in {met} % of the simulated recoveries."


def _minutes(seconds: float) -> str:
    return f"{max(1, math.ceil(seconds / 60))} min" if seconds >= 60 else f"{math.ceil(seconds)} s"


def _percent(part: int, whole: int) -> int:
    return 100 * part // whole


def _rounded(seconds: float) -> float:
    return round(seconds, 1)
