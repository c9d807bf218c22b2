"""Finds the servers that a plan would launch now, and what keeps each from launching as planned. Writes nothing.

Asks DRS itself, in each server's own account and Region, because the inventory may be too old for a start. The number
of calls grows with places and pages, not with servers.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from ..aws.reads.estate.source_servers import describe_source_servers
from ..aws.reads.launches.jobs import describe_jobs_since
from ..domain.errors import DomainError, PreflightBlocked, Unavailable
from ..domain.estate.accounts import Place, TargetAccount
from ..domain.estate.groups import ProtectionGroup, holders_of, judge_other_groups, matches_tags
from ..domain.estate.launch_targets import not_checked
from ..domain.estate.quotas import JOB_MEMORY, Load, load_of
from ..domain.estate.servers import Finding, OperatingSystem, Readiness, SourceServer, judge_readiness
from ..domain.launches.expected_times import ServerSize, size_of
from ..domain.plans.plans import RecoveryPlan
from ..domain.runs.planned_servers import PlannedServer
from ..domain.runs.preflight import judge_busy, judge_lag
from ..domain.text import count_of, first_of
from ..side_by_side import map_bounded
from ..store.reads.estate.accounts import find_accounts
from ..store.reads.estate.groups import find_groups, groups_of_place
from .progress import Progress

CheckAccess = Callable[[TargetAccount, str], None]
"""Raises DomainError when servers of the account cannot be launched in the Region."""


class Resolution(msgspec.Struct, frozen=True):
    """All servers of a plan in wave order. ``problems`` say why some are missing; then the plan must not start."""

    servers: list[PlannedServer]
    accounts: Mapping[str, TargetAccount]
    loads: Mapping[Place, Load]
    problems: list[DomainError]

    def require_complete(self) -> list[PlannedServer]:
        """The servers. Raises the first problem, if there is any."""
        if self.problems:
            raise self.problems[0]
        return self.servers


class _Sight(msgspec.Struct, frozen=True):
    """What one account and Region shows. ``load`` is None if its jobs could not be read.

    ``holders`` are the groups that hold each server, also groups that the plan does not use.
    """

    servers: Mapping[str, SourceServer] = {}
    load: Load | None = None
    findings: tuple[Finding, ...] = ()
    holders: Mapping[str, Sequence[ProtectionGroup]] = {}
    problem: DomainError | None = None


def resolve_plan(
    plan: RecoveryPlan, now: datetime, check_access: CheckAccess | None = None, progress: Progress | None = None
) -> Resolution:
    """All servers of a plan, judged by one look at each place. Faults of a place are returned, not raised.

    Problems are PreflightBlocked for a group that is gone or empty or shares a server with another, and CloudError or
    Unavailable for an account that cannot be read, since its servers are then unknown.
    """
    groups = find_groups(plan.group_ids)
    problems: list[DomainError] = _missing_groups(plan, groups)
    accounts = find_accounts({group.account_id for group in groups.values()})
    places = sorted({group.place for group in groups.values()})
    if progress:
        progress.begin(places)

    def look(place: Place) -> _Sight:
        if progress:
            progress.reading(place)
        sight = _look(place, accounts, groups.values(), now, check_access)
        if progress:
            progress.read(place, sight.problem)
        return sight

    looks = map_bounded(look, places)
    sights = dict(zip(places, looks, strict=True))
    problems += [sight.problem for sight in looks if sight.problem is not None]
    servers: list[PlannedServer] = []
    first_group: dict[str, str] = {}
    shared: dict[tuple[str, str], list[str]] = {}
    for wave in plan.waves:
        for group in (groups[group_id] for group_id in wave.group_ids if group_id in groups):
            sight = sights[group.place]
            if sight.problem is not None:
                continue
            members, empty = _members(group, sight)
            problems += empty
            for server_id in members:
                other = first_group.setdefault(server_id, group.name)
                if other != group.name:
                    shared.setdefault((other, group.name), []).append(server_id)
                servers.append(_planned(server_id, group, wave.number, sight, plan.rpo_minutes))
    problems += [_shared(*names, server_ids) for names, server_ids in shared.items()]
    loads = {place: sight.load for place, sight in sights.items() if sight.load is not None}
    return Resolution(servers, accounts, loads, problems)


def _missing_groups(plan: RecoveryPlan, groups: Mapping[str, ProtectionGroup]) -> list[DomainError]:
    missing = sorted(set(plan.group_ids) - set(groups))
    if not missing:
        return []
    verb = "exists" if len(missing) == 1 else "exist"
    count = count_of(len(missing), "group")
    message = f"{count} of the plan no longer {verb}: {', '.join(missing)}. Remove what is missing from the plan."
    return [PreflightBlocked(message, groupIds=missing)]


def _look(
    place: Place,
    accounts: Mapping[str, TargetAccount],
    groups: Iterable[ProtectionGroup],
    now: datetime,
    check_access: CheckAccess | None,
) -> _Sight:
    here = [group for group in groups if group.place == place]
    account = accounts.get(place.account_id)
    if account is None:
        message = f"Account {place.account_id} is not a target account. Register it first."
        return _Sight(problem=PreflightBlocked(message, accountId=place.account_id))
    named = sorted({server_id for group in here for server_id in group.source_server_ids})
    by_tags = any(group.selects_by_tags for group in here)
    try:
        servers = describe_source_servers(account, place.region, server_ids=None if by_tags else named)
    except DomainError as error:
        return _Sight(problem=error)
    findings = _access_findings(account, place, check_access)
    load = None
    try:
        load = load_of(describe_jobs_since(account, place.region, now - JOB_MEMORY))
    except DomainError as error:
        remedy = "Start anyway, or try again. A server that is in another job is launched after that job."
        findings.append(Finding(Readiness.DEGRADED, "JOBS_NOT_CHECKED", error.message, remedy))
    shown = {server.source_server_id: server for server in servers}
    return _Sight(shown, load, tuple(findings), holders_of(shown, groups_of_place(place)))


def _access_findings(account: TargetAccount, place: Place, check_access: CheckAccess | None) -> list[Finding]:
    if check_access is None:
        return []
    try:
        check_access(account, place.region)
    except Unavailable as error:
        return [not_checked("whether the operate role of the account can be assumed", error.message)]
    except DomainError as error:
        remedy = "Fix the operate role of the account."
        return [Finding(Readiness.BLOCKED, "NO_LAUNCH_ACCESS", error.message, remedy)]
    return []


def _members(group: ProtectionGroup, sight: _Sight) -> tuple[list[str], list[DomainError]]:
    if not group.selects_by_tags:
        return list(group.source_server_ids), []
    members = sorted(server_id for server_id, server in sight.servers.items() if matches_tags(server.tags, group.tags))
    if members:
        return members, []
    tags = ", ".join(f"{key}={value}" for key, value in sorted(group.tags.items()))
    message = f"No server in {group.place} has the tags of group '{group.name}' ({tags}). Fix the tags or the group."
    return [], [PreflightBlocked(message, groupId=group.group_id)]


def _shared(first: str, second: str, server_ids: Sequence[str]) -> DomainError:
    """The problem that two groups of the plan hold the same servers."""
    servers, verb, them = ("Server", "is", "it") if len(server_ids) == 1 else ("Servers", "are", "them")
    named = first_of(server_ids, "server")
    message = f"{servers} {named} {verb} in the groups '{first}' and '{second}'. Remove {them} from one of them."
    return PreflightBlocked(message, sourceServerIds=list(server_ids))


def _planned(
    server_id: str, group: ProtectionGroup, wave_number: int, sight: _Sight, rpo_minutes: int | None
) -> PlannedServer:
    server = sight.servers.get(server_id)
    busy = sight.load.busy if sight.load else ()
    others = [other.name for other in sight.holders.get(server_id, ()) if other.group_id != group.group_id]
    return PlannedServer(
        wave_number=wave_number,
        source_server_id=server_id,
        hostname=server.hostname if server else server_id,
        account_id=group.account_id,
        region=group.region,
        group_id=group.group_id,
        os=server.os if server else OperatingSystem.LINUX,
        size=size_of(disk.size_bytes for disk in server.disks) if server else ServerSize.UNKNOWN,
        impact=group.impact_of(server_id),
        findings=judge_readiness(server)
        + judge_lag(server, rpo_minutes)
        + judge_other_groups(others)
        + sight.findings
        + judge_busy(server_id, busy),
    )
