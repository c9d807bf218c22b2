"""Reads of full tables: what a page costs whatever the tables hold, and how long each read takes.

The tables are filled to about a tenth and then whole. A list whose cost is that of its page costs the same both times.
Times are those of the processor, so that other work of the machine does not count; the tables, which are in this
process, do.
"""

import statistics
import time
from collections.abc import Mapping
from typing import Any

from benchmarks.audit_history import day_of, request_of, resource_of
from benchmarks.dynamodb_meter import Meter
from benchmarks.dynamodb_units import Cost
from benchmarks.filled_tables import PLACES, Sizes, fill, id_of
from benchmarks.metric import Measured, Metric, TextTable, describe_spread
from local.cloud import LocalCloud

WHOLE = Sizes(executions=10_000, groups=1_000, plans=500, servers=4_000, audit_keys=1_000_000)
TENTH = Sizes(executions=2_000, groups=100, plans=100, servers=400, audit_keys=100_000)
"""A tenth, but as many plans as the largest page has, with as many runs each as in the whole: a page is compared with
a page."""
OF_A_DAY = 5_000
"""An audit entry in the middle of the newest days."""

ROUNDS = 10
MOST_CALLS_OF_A_LIST, MOST_CALLS_OF_THE_DASHBOARD = 2, 8
MOST_MILLISECONDS, MOST_MILLISECONDS_OF_THE_FLEET = 150.0, 1_000.0
MOST_GROWTH = 1.1

_HANDLER = "query-handler"

LISTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "plans": ("list_recovery_plans", {}),
    "plans, 100 a page, with runs": ("list_recovery_plans", {"limit": 100, "recentRuns": 20}),
    "plans by last drill": ("list_recovery_plans", {"sort": "LAST_DRILL"}),
    "groups": ("list_protection_groups", {}),
    "groups, 100 a page": ("list_protection_groups", {"limit": 100}),
    "groups of an account": ("list_protection_groups", {"accountId": PLACES[0].account_id}),
    "executions": ("list_executions", {}),
    "executions of a plan": ("list_executions", {"planId": id_of("plan", 1)}),
    "executions of a status": ("list_executions", {"status": "FAILED"}),
    "servers": ("list_source_servers", {}),
    "servers by lag": ("list_source_servers", {"sort": "LAG"}),
    "servers of an account": ("list_source_servers", {"accountId": PLACES[0].account_id}),
    "audit entries of a day": ("list_audit_logs", {"day": day_of(OF_A_DAY)}),
    "audit entries of a person": ("list_audit_logs", {"principal": "person-1"}),
    "audit entries of an operation": ("list_audit_logs", {"operation": "start_execution"}),
    "audit entries of an execution": ("list_audit_logs", {"resourceId": resource_of(OF_A_DAY)}),
    "audit entries of a request": ("list_audit_logs", {"requestId": request_of(OF_A_DAY)}),
    "audit entries of refusals": ("list_audit_logs", {"verdict": "REFUSED"}),
    "open decisions": ("list_open_decisions", {}),
    "accounts": ("list_drs_accounts", {}),
    "syncs": ("list_sync_runs", {"kind": "source-server-inventory"}),
    "syncs of each kind": ("list_sync_runs", {}),
}
FILTERED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "plans of an account": ("list_recovery_plans", {"accountId": PLACES[0].account_id}),
    "executions of a person": ("list_executions", {"initiatedBy": "ada"}),
    "audit entries that mention an id": ("list_audit_logs", {"day": day_of(OF_A_DAY), "mentions": "nothing"}),
}
"""Their filters are no keys: a page looks at 1,000 records at most, however many there are."""

FLEET = ("list_source_servers", {"limit": 1_000})
OTHERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "dashboard": ("get_dashboard_data", {}),
    "audit entries of today": ("list_audit_logs", {}),
    "a plan": ("get_recovery_plan", {"planId": id_of("plan", 1)}),
    "a group": ("get_protection_group", {"groupId": id_of("pg", 1)}),
    "launch settings of a group": ("get_launch_settings", {"groupId": id_of("pg", 1)}),
    "an execution": ("get_execution", {"executionId": id_of("exec", 1)}),
    "a server": ("get_server_status", {"serverId": f"s-{1:017d}"}),
    "counts of servers": ("summarize_source_servers", {}),
    "a target account": ("get_target_account", {"accountId": PLACES[0].account_id}),
    "launch defaults": ("get_launch_defaults", {}),
    "the user": ("get_user", {}),
    "verify the audit log of today": ("verify_audit_log", {}),
}


def measure() -> Measured:
    """Fills the tables twice, counts the calls of each read, and times the reads of the whole tables."""
    meter = Meter()
    with meter.attached(), LocalCloud(speed=1.0, seed=3) as cloud:
        fill(TENTH)
        tenth = _costs(cloud, meter, LISTS)
        began = time.monotonic()
        fill(WHOLE)
        filled_in = time.monotonic() - began
        # Seals the calls until now, so that there is a chain to verify.
        cloud.streams.deliver_now()
        costs = _costs(cloud, meter, {**LISTS, **FILTERED, **OTHERS})
        reads = {**LISTS, **FILTERED, **OTHERS, "fleet, 1,000 a page": FLEET}
        samples = {name: _timed(cloud, *reads[name]) for name in reads}
    return summarize(tenth, costs, samples, filled_in)


def summarize(
    tenth: Mapping[str, Cost], costs: Mapping[str, Cost], samples: Mapping[str, list[float]], filled_in: float
) -> Measured:
    """Metrics and a table, from the costs by read and the milliseconds of each call."""
    p95 = {name: _p95(times) for name, times in samples.items()}
    fleet = p95.pop("fleet, 1,000 a page")
    slowest = max(p95, key=lambda name: p95[name])
    most = max([*LISTS, *FILTERED], key=lambda name: costs[name].calls)
    growth = {name: costs[name].read_units / max(tenth[name].read_units, 0.5) for name in LISTS}
    grown = max(growth, key=lambda name: growth[name])
    metrics = (
        _metric("most-calls-of-a-list", costs[most].calls, "calls", MOST_CALLS_OF_A_LIST, most),
        _metric("calls-of-the-dashboard", costs["dashboard"].calls, "calls", MOST_CALLS_OF_THE_DASHBOARD),
        _metric("growth-of-a-list", growth[grown], "times", MOST_GROWTH, f"{grown}, with ten times the records"),
        _metric("slowest-p95", p95[slowest], "ms", MOST_MILLISECONDS, slowest),
        _metric("fleet-page-p95", fleet, "ms", MOST_MILLISECONDS_OF_THE_FLEET),
    )
    rows = tuple(
        (name, *_numbers(name, costs), f"{statistics.median(times):.0f}", f"{_p95(times):.0f}", describe_spread(times))
        for name, times in samples.items()
    )
    counts = ", ".join(f"{getattr(WHOLE, name):,} {name.replace('_', ' ')}" for name in WHOLE.__struct_fields__)
    table = TextTable(
        title="Reads of full tables, by direct invocation, in processor time of this process with its tables",
        columns=("read", "calls", "read units", "median ms", "p95 ms", "samples"),
        numbers=4,
        rows=rows,
        notes=(
            f"{counts}, filled in {filled_in:.0f} s. Calls and units are without the audit entry.",
            "Audit entries are 2,541 a day. Those of today, which are verified, are of the reads that are measured.",
        ),
    )
    return Measured(metrics=metrics, tables=(table,))


def _metric(name: str, value: float, unit: str, target: float, spread: str = "") -> Metric:
    return Metric(name=f"reads.{name}", value=round(value, 2), unit=unit, target=target, spread=spread)


def _numbers(name: str, costs: Mapping[str, Cost]) -> tuple[str, str]:
    return (str(costs[name].calls), f"{costs[name].read_units:g}") if name in costs else ("", "")


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95) - 1]


def _costs(cloud: LocalCloud, meter: Meter, reads: Mapping[str, tuple[str, Mapping[str, Any]]]) -> dict[str, Cost]:
    """What each read costs, without its audit entry, which is a write and one call."""
    meter.look = cloud.client("dynamodb")
    found = {}
    for name, read in reads.items():
        meter.take()
        _ask(cloud, *read)
        cost, _ = meter.take()
        found[name] = Cost(calls=cost.calls - 1, read_units=cost.read_units)
    meter.look = None
    return found


def _timed(cloud: LocalCloud, operation: str, parameters: Mapping[str, Any]) -> list[float]:
    """The milliseconds of the processor for each call; the first, which makes clients, is left out."""
    times = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        _ask(cloud, operation, parameters)
        times.append((time.process_time() - began) * 1_000)
    return times[1:]


def _ask(cloud: LocalCloud, operation: str, parameters: Mapping[str, Any]) -> None:
    """Raises RuntimeError when the read fails."""
    result = cloud.runtime.invoke(_HANDLER, {"operation": operation, "body": dict(parameters)})
    if result.function_error or result.value["statusCode"] >= 400:
        raise RuntimeError(f"{operation} failed: {result.value}")
