"""Builds the records of an execution that is about to start, from its plan and the servers found."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..access.permissions import Principal
from ..estate.recovery_points import PointWish, skew_of
from ..estate.servers import Readiness
from ..plans.plans import RecoveryPlan
from ..text import count_of, format_moment
from .counts import count_statuses
from .launches_ahead import launches_ahead
from .pace import launch_seconds
from .planned_servers import PlannedServer
from .records import Execution, ExecutionStatus, Mode, ServerRun, ServerStatus, WaveRun, WaveStatus

_NAMED = 20
"""The most replaced instances that the timeline names; each server run has its own."""


def new_execution(
    execution_id: str,
    plan: RecoveryPlan,
    servers: Sequence[PlannedServer],
    *,
    mode: Mode,
    wish: PointWish,
    reason: str,
    started_by: Principal,
    started_at: datetime,
) -> Execution:
    """The header. Its time limit counts from ``started_at``; blocked servers do not count for the skew."""
    skew = skew_of(item.recovery_point for item in servers if item.recovery_point and not item.is_blocked)
    return Execution(
        execution_id=execution_id,
        plan_id=plan.plan_id,
        plan_version=plan.version,
        plan_name=plan.name,
        approval=plan.approval,
        rto_minutes=plan.rto_minutes,
        priority=plan.priority,
        mode=mode,
        status=ExecutionStatus.CREATED,
        started_at=started_at,
        initiated_by=started_by.name,
        initiated_by_subject=started_by.person,
        reason=reason,
        wave_count=len(plan.waves),
        server_count=len(servers),
        counts=count_statuses(_first_status(item) for item in servers),
        deadline_at=started_at + timedelta(minutes=plan.timeout_minutes) if plan.timeout_minutes else None,
        point_in_time=wish.moment,
        point_skew_seconds=None if skew is None else round(skew.total_seconds()),
    )


def new_server_run(execution_id: str, server: PlannedServer) -> ServerRun:
    """One server; EXCLUDED, with the reasons, if it is blocked."""
    reasons = " ".join(finding.reason for finding in server.findings if finding.readiness is Readiness.BLOCKED)
    return ServerRun(
        execution_id=execution_id,
        wave_number=server.wave_number,
        source_server_id=server.source_server_id,
        hostname=server.hostname,
        account_id=server.account_id,
        region=server.region,
        group_id=server.group_id,
        os=server.os,
        impact=server.impact,
        status=_first_status(server),
        error=reasons,
        recovery_point_id=server.recovery_point.point_id if server.recovery_point else "",
        recovery_point_at=server.recovery_point.at if server.recovery_point else None,
        replaces=server.replaces,
        expected_seconds=server.expected_seconds,
        expected_p90_seconds=server.expected_p90_seconds,
    )


def new_wave_runs(execution_id: str, plan: RecoveryPlan, servers: Sequence[ServerRun], pace: float) -> list[WaveRun]:
    """The waves of the plan, with their numbers of servers and expected times; ``pace`` as in ``pace.py``."""
    by_wave: dict[int, list[ServerRun]] = {wave.number: [] for wave in plan.waves}
    for run in servers:
        by_wave[run.wave_number].append(run)
    return [
        WaveRun(
            execution_id=execution_id,
            wave_number=wave.number,
            name=wave.name,
            status=WaveStatus.NOT_STARTED,
            depends_on=wave.depends_on,
            on_failure=wave.on_failure,
            min_success_percent=wave.min_success_percent,
            timeout_minutes=wave.timeout_minutes,
            delay_seconds=wave.delay_seconds,
            approval_required=wave.approval_required,
            expected_seconds=max((launch_seconds(run, pace) for run in by_wave[wave.number]), default=0.0),
            server_count=len(by_wave[wave.number]),
            step_count=len(wave.steps),
            counts=count_statuses(run.status for run in by_wave[wave.number]),
            launches=launches_ahead(
                (run.place, run.os, launch_seconds(run, pace))
                for run in by_wave[wave.number]
                if run.status is not ServerStatus.EXCLUDED
            ),
        )
        for wave in plan.waves
    ]


def _first_status(server: PlannedServer) -> ServerStatus:
    return ServerStatus.EXCLUDED if server.is_blocked else ServerStatus.NOT_STARTED


def start_message(execution: Execution, servers: Sequence[ServerRun]) -> str:
    """The first line of the timeline: what was started, by whom, and what was left out."""
    excluded = sum(run.status is ServerStatus.EXCLUDED for run in servers)
    left_out = f", {excluded} of them left out because they cannot launch" if excluded else ""
    return (
        f"{execution.mode} of '{execution.plan_name}' (version {execution.plan_version}) started by "
        f"{execution.initiated_by}: {count_of(len(servers), 'server')} in "
        f"{count_of(execution.wave_count, 'wave')}{left_out}.{_points_sentence(execution)}{_replaced_sentence(servers)}"
    )


def _replaced_sentence(servers: Sequence[ServerRun]) -> str:
    replaced = [f"{item} ({run.hostname})" for run in servers for item in run.replaces]
    if not replaced:
        return ""
    more = f" and {len(replaced) - _NAMED} more" if len(replaced) > _NAMED else ""
    count = count_of(len(replaced), "instance")
    return f" As requested, {count} of earlier recoveries will be replaced: {', '.join(replaced[:_NAMED])}{more}."


def _points_sentence(execution: Execution) -> str:
    if execution.point_skew_seconds is None:
        return ""
    chosen = f"as of {format_moment(execution.point_in_time)}" if execution.point_in_time else "chosen one by one"
    return f" Their recovery points ({chosen}) are {execution.point_skew_seconds} s apart."
