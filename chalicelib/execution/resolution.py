"""Which servers a plan would launch right now, and what keeps each from launching as planned.

Asks DRS itself, in each server's own account and Region: a start must not rest on an inventory that may be old.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from ..aws.actions.drs import check_launch_access
from ..aws.reads.drs import describe_jobs_since, describe_source_servers
from ..domain.accounts import Place, TargetAccount
from ..domain.errors import DomainError, PreflightBlocked
from ..domain.executions import ServerRun, ServerStatus
from ..domain.groups import ProtectionGroup, matches_tags
from ..domain.plans import RecoveryPlan
from ..domain.servers import Finding, OperatingSystem, Readiness, SourceServer, judge_readiness, overall
from ..parallel import map_bounded
from ..store.reads.accounts import find_accounts
from ..store.reads.groups import find_groups

JOB_MEMORY = timedelta(hours=24)
"""No DRS job runs longer than a day."""


class ResolvedServer(msgspec.Struct, frozen=True):
    """A server of the plan with what speaks against launching it."""

    run: ServerRun
    findings: tuple[Finding, ...]

    @property
    def readiness(self) -> Readiness:
        return overall(self.findings)


class _Sight(msgspec.Struct, frozen=True):
    """What one account and Region showed."""

    servers: Mapping[str, SourceServer]
    busy: frozenset[str]
    findings: tuple[Finding, ...]


def resolve_plan(plan: RecoveryPlan, execution_id: str, now: datetime) -> list[ResolvedServer]:
    """All servers of a plan, in wave order.

    Raises PreflightBlocked when a group is gone or empty or two groups share a server, and CloudError or Unavailable
    when an account cannot be read: without that nobody knows which servers there are.
    """
    groups = _groups_of(plan)
    accounts = find_accounts({group.account_id for group in groups.values()})
    places = sorted({group.place for group in groups.values()})
    sights = dict(
        zip(places, map_bounded(lambda place: _look(place, accounts, groups.values(), now), places), strict=True)
    )
    resolved: list[ResolvedServer] = []
    holders: dict[str, str] = {}
    for wave in plan.waves:
        for group_id in wave.group_ids:
            group = groups[group_id]
            for server_id in _members(group, sights[group.place]):
                _require_single_group(holders, server_id, group)
                resolved.append(_resolve(server_id, group, wave.number, execution_id, sights[group.place]))
    return resolved


def _groups_of(plan: RecoveryPlan) -> dict[str, ProtectionGroup]:
    groups = find_groups(plan.group_ids)
    missing = sorted(set(plan.group_ids) - set(groups))
    if missing:
        raise PreflightBlocked(
            f"The plan names group(s) that no longer exist: {', '.join(missing)}. Remove them from the plan.",
            groupIds=missing,
        )
    return groups


def _look(
    place: Place, accounts: Mapping[str, TargetAccount], groups: Iterable[ProtectionGroup], now: datetime
) -> _Sight:
    here = [group for group in groups if group.place == place]
    account = accounts.get(place.account_id)
    if account is None:
        raise PreflightBlocked(
            f"Account {place.account_id} is no target account. Register it first.", accountId=place.account_id
        )
    named = sorted({server_id for group in here for server_id in group.source_server_ids})
    by_tags = any(group.selects_by_tags for group in here)
    servers = describe_source_servers(account, place.region, server_ids=None if by_tags else named)
    findings: list[Finding] = []
    busy: frozenset[str] = frozenset()
    try:
        check_launch_access(account, place.region)
    except DomainError as error:
        findings.append(
            Finding(Readiness.BLOCKED, "NO_LAUNCH_ACCESS", error.message, "Repair the operate role of the account.")
        )
    try:
        jobs = describe_jobs_since(account, place.region, now - JOB_MEMORY)
        busy = frozenset(seen.source_server_id for job in jobs if not job.has_ended for seen in job.servers)
    except DomainError as error:
        remedy = "Start all the same, or try again: a server in another job is launched after that job."
        findings.append(Finding(Readiness.DEGRADED, "JOBS_NOT_CHECKED", error.message, remedy))
    return _Sight({server.source_server_id: server for server in servers}, busy, tuple(findings))


def _members(group: ProtectionGroup, sight: _Sight) -> list[str]:
    if not group.selects_by_tags:
        return list(group.source_server_ids)
    members = sorted(server_id for server_id, server in sight.servers.items() if matches_tags(server.tags, group.tags))
    if not members:
        told = ", ".join(f"{key}={value}" for key, value in sorted(group.tags.items()))
        message = (
            f"No server in {group.place} carries the tags of group '{group.name}' ({told}). Mend the tags or the group."
        )
        raise PreflightBlocked(message, groupId=group.group_id)
    return members


def _require_single_group(holders: dict[str, str], server_id: str, group: ProtectionGroup) -> None:
    other = holders.setdefault(server_id, group.name)
    if other != group.name:
        raise PreflightBlocked(
            f"Server {server_id} is in the groups '{other}' and '{group.name}'. Mend one of them.",
            sourceServerId=server_id,
        )


def _resolve(
    server_id: str, group: ProtectionGroup, wave_number: int, execution_id: str, sight: _Sight
) -> ResolvedServer:
    server = sight.servers.get(server_id)
    findings = judge_readiness(server) + sight.findings
    if server_id in sight.busy:
        reason = "Another DRS job is working on the server."
        findings += (
            Finding(
                Readiness.DEGRADED, "BUSY", reason, "It launches once that job has ended; or wait and start later."
            ),
        )
    run = ServerRun(
        execution_id=execution_id,
        wave_number=wave_number,
        source_server_id=server_id,
        hostname=server.hostname if server else server_id,
        account_id=group.account_id,
        region=group.region,
        group_id=group.group_id,
        os=server.os if server else OperatingSystem.LINUX,
        impact=group.impact_of(server_id),
        status=ServerStatus.NOT_STARTED,
    )
    return ResolvedServer(run, findings)
