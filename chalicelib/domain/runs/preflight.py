"""Preflight: findings against launching the servers of a plan, and what a start would do."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ..estate.groups import Impact
from ..estate.recovery_points import PointSearch
from ..estate.servers import Finding, Readiness, SourceServer
from ..text import count_of, format_moment
from .planned_servers import PlannedServer
from .records import Mode

BUSY = "BUSY"
"""The code of the finding that another DRS job is working on a server."""


def is_not_checked(finding: Finding) -> bool:
    """Whether a finding says that something could not be checked: NOT_CHECKED, INSTANCES_NOT_CHECKED and so on."""
    return finding.code.endswith("NOT_CHECKED")


def judge_lag(server: SourceServer | None, rpo_minutes: int | None) -> tuple[Finding, ...]:
    """Finds a server whose data is older than the plan's RPO allows, or whose lag is unknown."""
    if server is None or rpo_minutes is None or not server.has_recovery_point:
        return ()
    if server.lag_seconds is None:
        reason = f"DRS reports no replication lag, so the plan's RPO of {rpo_minutes} min could not be checked."
        return (Finding(Readiness.DEGRADED, "LAG_UNKNOWN", reason, "Check the server's replication in DRS."),)
    if server.lag_seconds <= rpo_minutes * 60:
        return ()
    reason = f"Replication is {server.lag_seconds} s behind; the plan's RPO allows {rpo_minutes * 60} s."
    return (
        Finding(Readiness.DEGRADED, "LAG_OVER_RPO", reason, "Repair the replication, or accept a larger loss of data."),
    )


def judge_busy(server_id: str, busy: Iterable[str]) -> tuple[Finding, ...]:
    if server_id not in busy:
        return ()
    remedy = "Nothing is needed: it launches after that job has ended. You can also wait and start later."
    return (Finding(Readiness.DEGRADED, BUSY, "Another DRS job is working on the server.", remedy),)


def judge_point(search: PointSearch, moment: datetime) -> tuple[Finding, ...]:
    """Finds a server that has no recovery point at or before the requested moment."""
    if search.chosen:
        return ()
    has = f"Its oldest one is from {format_moment(search.oldest.at)}." if search.oldest else "It has none at all."
    reason = f"The server has no recovery point at or before {format_moment(moment)}. {has}"
    remedy = "Choose a later point in time, or leave the server out."
    return (Finding(Readiness.BLOCKED, "NO_POINT_AT_MOMENT", reason, remedy),)


def refuses_start(servers: Sequence[PlannedServer], *, accept_degraded: bool) -> list[PlannedServer]:
    """The blocked servers because of which a start is refused; empty if it is not refused.

    Blocked OPTIONAL servers are always left out, CRITICAL ones only with ``accept_degraded``. A start with no server
    left to launch is refused.
    """
    blocked = [server for server in servers if server.is_blocked]
    critical = [server for server in blocked if server.impact is Impact.CRITICAL]
    if (critical and not accept_degraded) or len(blocked) == len(servers):
        return critical or blocked
    return []


def statement_of(
    servers: Sequence[PlannedServer], *, mode: Mode, refused: Sequence[PlannedServer], obstacles: Sequence[Finding]
) -> str:
    """A sentence that says what a start would do now."""
    blocked = sum(server.is_blocked for server in servers)
    if obstacles:
        return f"A {mode} would be refused: {obstacles[0].reason}"
    if refused:
        leave_out = "" if blocked == len(servers) else ", or set acceptDegraded to leave them out"
        cannot = f"{count_of(len(refused), 'server')} cannot launch"
        return f"A {mode} would be refused: {cannot}. Correct the findings{leave_out}."
    left_out = f" and leave out {blocked} that cannot launch" if blocked else ""
    return f"A {mode} would launch {count_of(len(servers) - blocked, 'server')}{left_out}."
