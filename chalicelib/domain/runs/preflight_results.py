"""The result of a preflight: a verdict for each server, the causes that they share, and what a start would do."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ..estate.groups import Impact
from ..estate.recovery_points import RecoveryPoint
from ..estate.servers import Finding, Readiness
from ..limits import that_fit
from .existing_instances import ExistingInstance
from .planned_servers import PlannedServer
from .records import Mode
from .start_summary import StartSummary

SERVERS_NAMED = 20
"""The most servers that a cause names; the list of all servers has the others."""

RESULT_PART = 0
"""The part of a stored result that has everything but the verdicts; these follow in parts from 1 on."""

MOST_PART_SERVERS = 100
MOST_PART_BYTES = 250_000
"""Of the verdicts of a part: a part is one item, and DynamoDB allows 400 kB for it."""

WORST_FIRST = (Readiness.BLOCKED, Readiness.DEGRADED, Readiness.READY)


class ServerVerdict(msgspec.Struct, frozen=True, rename="camel"):
    """What a start would do with a server. ``pointSkewSeconds``: the age of its point relative to the newest one.

    ``existingInstances`` are the instances of earlier launches, all of which a new launch ends.
    """

    wave_number: int
    source_server_id: str
    hostname: str
    account_id: str
    region: str
    group_id: str
    impact: Impact
    readiness: Readiness
    findings: tuple[Finding, ...]
    recovery_point_id: str = ""
    recovery_point_at: datetime | None = None
    point_skew_seconds: int | None = None
    existing_instances: tuple[ExistingInstance, ...] = ()


class AffectedServer(msgspec.Struct, frozen=True, rename="camel"):
    """A server that has the finding of a cause."""

    source_server_id: str
    hostname: str
    wave_number: int


class Cause(msgspec.Struct, frozen=True, rename="camel"):
    """What servers have in common that do not launch as planned: the same finding, and what to do about it.

    ``count`` is of all servers, of which ``servers`` are the first. ``reason`` is that of the first of them; others may
    name other numbers and resources.
    """

    readiness: Readiness
    code: str
    count: int
    reason: str
    remedy: str
    servers: tuple[AffectedServer, ...]


class PreflightResult(msgspec.Struct, frozen=True, rename="camel"):
    """What a start would have done at ``checkedAt``, when the check began. It never permits a start.

    ``findings`` concern the plan as a whole. ``statement`` says in a sentence what a start would have done, and
    ``wouldStart`` whether it would have been accepted without ``acceptDegraded``. ``notCheckedCount`` is of servers of
    which something could not be checked; they are never READY.
    """

    plan_version: int
    mode: Mode
    point_in_time: datetime | None
    checked_at: datetime
    took_seconds: float
    would_start: bool
    statement: str
    ready_count: int
    degraded_count: int
    blocked_count: int
    not_checked_count: int
    point_skew_seconds: int | None
    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...]
    start_summary: StartSummary


class PreflightPart(msgspec.Struct, frozen=True):
    """A part of what a check has found, as JSON text: the result, or some of the verdicts.

    ``expires_at`` is in seconds since 1970, as DynamoDB's time to live wants it.
    """

    check_id: str
    part: int
    value: str
    expires_at: int


def parts_of(
    check_id: str, result: PreflightResult, verdicts: Sequence[ServerVerdict], kept_until: datetime
) -> list[PreflightPart]:
    """The parts in which a result of any size is stored, the verdicts in order."""
    expires_at = int(kept_until.timestamp())
    parts = [PreflightPart(check_id, RESULT_PART, msgspec.json.encode(result).decode(), expires_at)]
    rest = list(verdicts)
    while rest:
        kept = that_fit(rest[:MOST_PART_SERVERS], MOST_PART_BYTES)
        parts.append(PreflightPart(check_id, len(parts), msgspec.json.encode(kept).decode(), expires_at))
        rest = rest[len(kept) :]
    return parts


def verdicts_of(servers: Iterable[PlannedServer], points: Sequence[RecoveryPoint]) -> list[ServerVerdict]:
    """The verdicts, the worst first, else in the order of waves. ``points`` are those of all servers."""
    newest = max((point.at for point in points), default=None)
    verdicts = [_verdict(server, newest) for server in servers]
    return sorted(verdicts, key=lambda verdict: WORST_FIRST.index(verdict.readiness))


def _verdict(server: PlannedServer, newest: datetime | None) -> ServerVerdict:
    point = server.recovery_point
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


def causes_of(verdicts: Iterable[ServerVerdict]) -> tuple[Cause, ...]:
    """The findings of all servers by their code and readiness, the worst first, then those of most servers.

    A server counts once for a cause, however many findings of it the server has.
    """
    affected: dict[tuple[Readiness, str], dict[str, AffectedServer]] = {}
    first: dict[tuple[Readiness, str], Finding] = {}
    for verdict in verdicts:
        server = AffectedServer(verdict.source_server_id, verdict.hostname, verdict.wave_number)
        for finding in verdict.findings:
            key = (finding.readiness, finding.code)
            first.setdefault(key, finding)
            affected.setdefault(key, {}).setdefault(server.source_server_id, server)
    causes = [
        Cause(
            key[0], key[1], len(servers), first[key].reason, first[key].remedy, tuple(servers.values())[:SERVERS_NAMED]
        )
        for key, servers in affected.items()
    ]
    return tuple(sorted(causes, key=lambda cause: (WORST_FIRST.index(cause.readiness), -cause.count, cause.code)))
