"""The preflight of a plan: what a start would do now, and the findings for each of its servers."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ..domain.access.context import CallContext
from ..domain.errors import DomainError
from ..domain.estate.launch_targets import not_checked
from ..domain.estate.recovery_points import RecoveryPoint, read_wish, skew_of
from ..domain.estate.servers import Finding, Readiness
from ..domain.limits import that_fit
from ..domain.plans.plans import RecoveryPlan
from ..domain.runs.leases import (
    Lease,
    describe_holder,
    describe_wait,
    group_lease_key,
    lease_keys,
    may_replace,
    plan_lease_key,
    preempts,
    server_lease_key,
)
from ..domain.runs.planned_servers import PlannedServer
from ..domain.runs.preflight import queue_findings, refuses_start, statement_of
from ..domain.runs.records import Execution
from ..operations.plans import PlanPreflight, PlanPreflightRequest, ServerVerdict
from ..preflight.effective_settings import configured_settings
from ..preflight.existing_instances import check_existing
from ..preflight.launch_checks import check_launches
from ..preflight.points import choose_points
from ..preflight.resolution import resolve_plan
from ..store.reads.plans.plans import get_plan
from ..store.reads.runs.executions import find_execution
from ..store.reads.runs.leases import find_leases

RESERVE = timedelta(seconds=6)
PATIENCE = timedelta(seconds=20)
"""Time limit for checks that need one AWS call per server. Servers not reached in time are reported as not checked."""

MOST_LISTED_BYTES = 2_500_000
"""Of the verdicts of all servers in an answer; Lambda returns at most 6 MB."""

_WORST_FIRST = (Readiness.BLOCKED, Readiness.DEGRADED, Readiness.READY)

_NOT_FROM_HERE = not_checked(
    "whether the operate roles can be assumed",
    "Reads cannot use the operate roles. A start checks them before it launches anything.",
)


def get_plan_preflight(request: PlanPreflightRequest, call: CallContext) -> PlanPreflight:
    """Runs every check of a start, and checks of settings and networks that would delay a start too long.

    Takes up to 20 s, because DRS returns launch settings and recovery points of one server per call. Raises
    RecordNotFound.
    """
    now = call.now
    plan = get_plan(request.plan_id)
    wish = read_wish(request.point_in_time, {}, now)
    until = min(now + PATIENCE, call.deadline - RESERVE)
    resolution = resolve_plan(plan, now)
    chosen = choose_points(resolution.servers, wish, resolution.accounts, until=until)
    servers = [server.with_findings(_unread(chosen.unread.get(server.source_server_id))) for server in chosen.servers]
    servers = check_existing(servers, resolution.accounts, request.mode, now)
    configured = configured_settings(servers)
    servers = check_launches(servers, resolution.accounts, configured, until=until)
    servers, obstacles = _with_leases(plan, servers, request, now)
    obstacles = [_problem(problem) for problem in resolution.problems] + obstacles
    refused = refuses_start(servers, accept_degraded=False)
    findings = [*obstacles, *queue_findings(servers, resolution.loads), _NOT_FROM_HERE]
    points = [server.recovery_point for server in servers if server.recovery_point]
    skew = skew_of(points)
    verdicts = [_verdict(server, points) for server in servers]
    shown = _shown(verdicts)
    counts = {state: sum(verdict.readiness is state for verdict in verdicts) for state in Readiness}
    return PlanPreflight(
        plan_id=plan.plan_id,
        plan_version=plan.version,
        mode=request.mode,
        point_in_time=wish.moment,
        checked_at=now,
        would_start=not obstacles and not refused and bool(servers),
        statement=statement_of(servers, mode=request.mode, refused=refused, obstacles=obstacles),
        ready_count=counts[Readiness.READY],
        degraded_count=counts[Readiness.DEGRADED],
        blocked_count=counts[Readiness.BLOCKED],
        point_skew_seconds=None if skew is None else round(skew.total_seconds()),
        findings=findings,
        servers=shown,
        servers_not_shown=len(verdicts) - len(shown),
    )


def _shown(verdicts: list[ServerVerdict]) -> list[ServerVerdict]:
    """All verdicts in the order of waves, or those that fit, the worst first."""
    kept = that_fit(sorted(verdicts, key=lambda verdict: _WORST_FIRST.index(verdict.readiness)), MOST_LISTED_BYTES)
    return verdicts if len(kept) == len(verdicts) else kept


def _unread(error: DomainError | None) -> tuple[Finding, ...]:
    return () if error is None else (not_checked("its recovery points", error.message),)


def _problem(problem: DomainError) -> Finding:
    remedy = "Fix this first. A start is refused until then."
    return Finding(Readiness.BLOCKED, "PLAN_CANNOT_START", problem.message, remedy)


def _with_leases(
    plan: RecoveryPlan, servers: Sequence[PlannedServer], request: PlanPreflightRequest, now: datetime
) -> tuple[list[PlannedServer], list[Finding]]:
    """The servers with findings for leases of other executions, and those for the plan and its groups."""
    leases = find_leases(lease_keys(plan, servers))
    holders = {holder_id: find_execution(holder_id) for holder_id in {lease.execution_id for lease in leases.values()}}

    def judge(key: str) -> list[Finding]:
        return _judge_lease(leases[key], holders, request, now) if key in leases else []

    whole = [plan_lease_key(plan.plan_id), *(group_lease_key(group_id) for group_id in plan.group_ids)]
    of_plan = [finding for key in whole for finding in judge(key) if finding.readiness is Readiness.BLOCKED]
    judged = [
        server.with_findings(judge(server_lease_key(server.account_id, server.region, server.source_server_id)))
        for server in servers
    ]
    return judged, list(dict.fromkeys(of_plan))


def _judge_lease(
    lease: Lease, holders: Mapping[str, Execution | None], request: PlanPreflightRequest, now: datetime
) -> list[Finding]:
    holder = holders[lease.execution_id]
    name = describe_holder(lease, holder)
    if holder is not None and preempts(request.mode, holder):
        reason = f"It is held by {name}. This recovery would cancel that drill and take the server over."
        return [
            Finding(
                Readiness.DEGRADED, "WOULD_PREEMPT", reason, "Start the recovery, or wait until the drill has ended."
            )
        ]
    if may_replace(lease, holder, mode=request.mode, now=now):
        return []
    return [Finding(Readiness.BLOCKED, "HELD", f"It is held by {name}.", describe_wait(lease, holder))]


def _verdict(server: PlannedServer, points: Sequence[RecoveryPoint]) -> ServerVerdict:
    point = server.recovery_point
    newest = max((other.at for other in points), default=None)
    return ServerVerdict(
        wave_number=server.wave_number,
        source_server_id=server.source_server_id,
        hostname=server.hostname,
        account_id=server.account_id,
        region=server.region,
        group_id=server.group_id,
        impact=server.impact,
        readiness=server.readiness,
        findings=server.findings,
        recovery_point_id=point.point_id if point else "",
        recovery_point_at=point.at if point else None,
        point_skew_seconds=round((newest - point.at).total_seconds()) if point and newest else None,
        existing_instances=server.existing,
    )
