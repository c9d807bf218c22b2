"""Preflight: what speaks against launching each server of a plan, and what a start would therefore do."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ..estate.accounts import Place
from ..estate.groups import Impact
from ..estate.quotas import SERVERS_PER_JOB, Load
from ..estate.recovery_points import PointSearch
from ..estate.servers import Finding, Readiness, SourceServer
from ..text import format_moment
from .planned_servers import PlannedServer
from .records import Mode


def judge_lag(server: SourceServer | None, rpo_minutes: int | None) -> tuple[Finding, ...]:
    """Says when a server's data is older than the plan allows, or when nobody can tell. Lag in seconds."""
    if server is None or rpo_minutes is None or not server.has_recovery_point:
        return ()
    if server.lag_seconds is None:
        reason = f"DRS tells no replication lag, so the plan's RPO of {rpo_minutes} min could not be checked."
        return (Finding(Readiness.DEGRADED, "LAG_UNKNOWN", reason, "Look at the server's replication in DRS."),)
    if server.lag_seconds <= rpo_minutes * 60:
        return ()
    reason = f"Replication lags {server.lag_seconds} s behind; the plan allows {rpo_minutes * 60} s (its RPO)."
    return (Finding(Readiness.DEGRADED, "LAG_OVER_RPO", reason, "Repair replication, or accept to lose more data."),)


def judge_busy(server_id: str, busy: Iterable[str]) -> tuple[Finding, ...]:
    if server_id not in busy:
        return ()
    remedy = "It launches once that job has ended; or wait and start later."
    return (Finding(Readiness.DEGRADED, "BUSY", "Another DRS job is working on the server.", remedy),)


def judge_point(search: PointSearch, moment: datetime) -> tuple[Finding, ...]:
    """Says when a server has no recovery point at or before the moment asked for, and what it has."""
    if search.chosen:
        return ()
    has = f"Its oldest is of {format_moment(search.oldest.at)}." if search.oldest else "It has none at all."
    reason = f"There is no recovery point at or before {format_moment(moment)}. {has}"
    remedy = "Start from a later moment, or leave the server out."
    return (Finding(Readiness.BLOCKED, "NO_POINT_AT_MOMENT", reason, remedy),)


def refuses_start(servers: Sequence[PlannedServer], *, accept_degraded: bool) -> list[PlannedServer]:
    """The blocked servers for which a start is refused; empty when it is not.

    Blocked OPTIONAL servers are left out without asking, CRITICAL ones when that is accepted; nothing is not started.
    """
    blocked = [server for server in servers if server.is_blocked]
    critical = [server for server in blocked if server.impact is Impact.CRITICAL]
    if (critical and not accept_degraded) or len(blocked) == len(servers):
        return critical or blocked
    return []


def queue_findings(servers: Sequence[PlannedServer], loads: Mapping[Place, Load]) -> list[Finding]:
    """Which waves would wait for DRS quotas; queued servers launch all the same, so no server is worse for it."""
    findings = []
    counts = Counter((server.wave_number, server.place) for server in servers if not server.is_blocked)
    for (wave_number, place), count in sorted(counts.items()):
        load = loads.get(place)
        if load is None:
            continue
        room = min(load.free_servers, load.free_jobs * SERVERS_PER_JOB)
        if count > room:
            reason = (
                f"Wave {wave_number} launches {count} server(s) in {place}, where DRS takes {room} more right now: "
                f"{count - room} would wait in the queue."
            )
            remedy = "Nothing is needed; to be faster, spread the servers over accounts or wait for other jobs."
            findings.append(Finding(Readiness.DEGRADED, "WOULD_QUEUE", reason, remedy))
    return findings


def statement_of(
    servers: Sequence[PlannedServer], *, mode: Mode, refused: Sequence[PlannedServer], obstacles: Sequence[Finding]
) -> str:
    """What a start would do now, in a sentence."""
    if obstacles:
        return f"A {mode} would be refused: {obstacles[0].reason}"
    if refused:
        return f"A {mode} would be refused: {len(refused)} server(s) cannot launch. acceptDegraded leaves them out."
    blocked = sum(server.is_blocked for server in servers)
    left_out = f" and leave out {blocked} that cannot launch" if blocked else ""
    return f"A {mode} would launch {len(servers) - blocked} server(s){left_out}."
