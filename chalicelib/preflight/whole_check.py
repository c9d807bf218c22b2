"""Runs every check of a start, and checks of settings and networks that would delay a start too long. Writes nothing.

DRS returns launch settings and recovery points of one server per call, so a large plan takes minutes.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..domain.errors import DomainError
from ..domain.estate.launch_targets import not_checked
from ..domain.estate.recovery_points import PointWish, skew_of
from ..domain.estate.servers import Finding, Readiness
from ..domain.launches.would_queue import queue_findings
from ..domain.limits import that_fit
from ..domain.plans.plans import RecoveryPlan
from ..domain.runs.planned_servers import PlannedServer
from ..domain.runs.preflight import is_not_checked, refuses_start, statement_of
from ..domain.runs.preflight_results import PreflightResult, ServerVerdict, causes_of, verdicts_of
from ..domain.runs.records import Mode
from ..domain.runs.start_summary import summarize_start
from ..side_by_side import map_bounded
from ..store.reads.launches.place_lines import find_place_lines
from .effective_settings import configured_settings
from .existing_instances import check_existing
from .expected_times import with_expected_times
from .holders import judge_holders
from .launch_checks import check_launches
from .points import choose_points
from .progress import Progress
from .resolution import CheckAccess, resolve_plan

MOST_FINDINGS_BYTES = 100_000
"""Of the findings on the plan as a whole: a result is one item, and DynamoDB allows 400 kB for it."""


class Checked(msgspec.Struct, frozen=True):
    """The result of a check, and the verdict of each server, the worst first."""

    result: PreflightResult
    servers: list[ServerVerdict]


class Start(msgspec.Struct, frozen=True):
    """The start that is checked for: of this plan, in this mode, from these recovery points."""

    plan: RecoveryPlan
    mode: Mode
    wish: PointWish


def check_start(
    start: Start, *, now: datetime, until: datetime, check_access: CheckAccess, pace: float, progress: Progress
) -> Checked:
    """What the start would do now. A server that could not be checked by ``until`` is DEGRADED with that reason."""
    plan, mode = start.plan, start.mode
    resolution = resolve_plan(plan, now, check_access, progress)
    chosen = choose_points(resolution.servers, start.wish, resolution.accounts, until=until, progress=progress)
    servers = [server.with_findings(_unread(chosen.unread.get(server.source_server_id))) for server in chosen.servers]
    servers = check_existing(servers, resolution.accounts, mode, now)
    configured = configured_settings(servers)
    servers = check_launches(servers, resolution.accounts, configured, until=until, progress=progress)
    held = judge_holders(plan, servers, mode, now)
    servers = with_expected_times(held.servers, now)
    obstacles = [_problem(problem) for problem in resolution.problems] + held.obstacles
    refused = refuses_start(servers, accept_degraded=False)
    points = [server.recovery_point for server in servers if server.recovery_point]
    skew = skew_of(points)
    verdicts = verdicts_of(servers, points)
    lines = dict(zip(resolution.loads, map_bounded(find_place_lines, resolution.loads), strict=True))
    queues = queue_findings((plan, mode), servers, resolution.loads, lines, now=now, pace=pace)
    result = PreflightResult(
        plan_version=plan.version,
        mode=mode,
        point_in_time=start.wish.moment,
        checked_at=now,
        took_seconds=0.0,
        would_start=not obstacles and not refused and bool(servers),
        statement=statement_of(servers, mode=mode, refused=refused, obstacles=obstacles),
        ready_count=_count(servers, Readiness.READY),
        degraded_count=_count(servers, Readiness.DEGRADED),
        blocked_count=_count(servers, Readiness.BLOCKED),
        not_checked_count=sum(any(map(is_not_checked, server.findings)) for server in servers),
        point_skew_seconds=None if skew is None else round(skew.total_seconds()),
        findings=tuple(that_fit([*obstacles, *queues], MOST_FINDINGS_BYTES)),
        causes=causes_of(verdicts),
        start_summary=summarize_start(plan, mode, servers, held.preempted, pace),
    )
    progress.end()
    return Checked(result, verdicts)


def _count(servers: Sequence[PlannedServer], readiness: Readiness) -> int:
    return sum(server.readiness is readiness for server in servers)


def _unread(error: DomainError | None) -> tuple[Finding, ...]:
    return () if error is None else (not_checked("its recovery points", error.message),)


def _problem(problem: DomainError) -> Finding:
    remedy = "Fix this first. A start is refused until then."
    return Finding(Readiness.BLOCKED, "PLAN_CANNOT_START", problem.message, remedy)
