"""What a start would do, summed up for the person who decides about it."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from ..access.permissions import ROLE_PERMISSIONS, Permission
from ..estate.groups import Impact
from ..estate.servers import Readiness
from ..limits import that_fit
from ..plans.graph import longest_path
from ..plans.plans import RecoveryPlan
from .existing_instances import InstanceMode
from .new_run import new_server_run, new_wave_runs
from .planned_servers import PlannedServer
from .preflight import refuses_start
from .records import Execution, Mode

OLDER_DATA = frozenset({"OLDER_DATA", "LAG_OVER_RPO", "LAG_UNKNOWN"})
"""The codes of the findings of servers that would launch from older data, or perhaps would."""

MOST_NAMED_BYTES = 60_000
"""Of the servers that a summary names; the list of all servers has the others."""


class PlaceLaunches(msgspec.Struct, frozen=True, rename="camel"):
    """How many servers would launch in one account and Region."""

    account_id: str
    region: str
    launch_count: int


class ExcludedServer(msgspec.Struct, frozen=True, rename="camel"):
    """A server that cannot launch, with the first reason."""

    source_server_id: str
    hostname: str
    wave_number: int
    impact: Impact
    reason: str


class PreemptedDrill(msgspec.Struct, frozen=True, rename="camel"):
    """A drill that the recovery would cancel."""

    execution_id: str
    plan_id: str
    plan_name: str
    server_count: int


class NeededApproval(msgspec.Struct, frozen=True, rename="camel"):
    """A wave that waits for an approval before it launches. The approvers are those who hold one of the roles.

    With ``byAnother`` the person who starts the execution cannot be the one who approves.
    """

    wave_number: int
    wave_name: str
    by_another: bool
    roles: tuple[str, ...]


class StartSummary(msgspec.Struct, frozen=True, rename="camel"):
    """What a start would do. ``excluded`` names as many servers as fit; the counts are of all.

    ``needsAcceptDegraded``: it is refused unless it accepts that these servers are left out. ``expectedSeconds`` is how
    long the longest chain of waves typically takes, with delays and without waiting for people, steps and quotas.
    ``existingInstances`` counts the instances of earlier launches by their mode.
    """

    wave_count: int
    server_count: int
    launch_count: int
    older_data_count: int
    places: tuple[PlaceLaunches, ...]
    excluded_count: int
    excluded: tuple[ExcludedServer, ...]
    needs_accept_degraded: bool
    preempts: tuple[PreemptedDrill, ...]
    approvals: tuple[NeededApproval, ...]
    expected_seconds: float
    rto_minutes: int | None
    existing_instances: dict[InstanceMode, int]


def summarize_start(
    plan: RecoveryPlan, mode: Mode, servers: Sequence[PlannedServer], preempted: Sequence[Execution], pace: float
) -> StartSummary:
    """Sums up a start by the rules that a start follows; ``pace`` as in ``pace.py``."""
    launching = [server for server in servers if not server.is_blocked]
    blocked = [server for server in servers if server.is_blocked]
    places = Counter(server.place for server in launching)
    return StartSummary(
        wave_count=len(plan.waves),
        server_count=len(servers),
        launch_count=len(launching),
        older_data_count=sum(any(found.code in OLDER_DATA for found in server.findings) for server in launching),
        places=tuple(PlaceLaunches(at.account_id, at.region, count) for at, count in sorted(places.items())),
        excluded_count=len(blocked),
        excluded=tuple(that_fit(map(_excluded, blocked), MOST_NAMED_BYTES)),
        needs_accept_degraded=bool(refuses_start(servers, accept_degraded=False))
        and not refuses_start(servers, accept_degraded=True),
        preempts=tuple(
            PreemptedDrill(drill.execution_id, drill.plan_id, drill.plan_name, drill.server_count)
            for drill in preempted
        ),
        approvals=tuple(_approvals(plan, mode)),
        expected_seconds=_expected_seconds(plan, servers, pace),
        rto_minutes=plan.rto_minutes,
        existing_instances=dict(Counter(instance.mode for server in servers for instance in server.existing)),
    )


def _excluded(server: PlannedServer) -> ExcludedServer:
    reason = next(found.reason for found in server.findings if found.readiness is Readiness.BLOCKED)
    return ExcludedServer(server.source_server_id, server.hostname, server.wave_number, server.impact, reason)


def _approvals(plan: RecoveryPlan, mode: Mode) -> list[NeededApproval]:
    roles = tuple(role for role, held in ROLE_PERMISSIONS.items() if Permission.APPROVE in held)
    by_another = mode is Mode.RECOVERY and plan.approval.two_person
    return [NeededApproval(wave.number, wave.name, by_another, roles) for wave in plan.waves if wave.approval_required]


def _expected_seconds(plan: RecoveryPlan, servers: Sequence[PlannedServer], pace: float) -> float:
    waves = new_wave_runs("", plan, [new_server_run("", server) for server in servers], pace)
    spans = {wave.wave_number: wave.expected_seconds + wave.delay_seconds for wave in waves}
    path = longest_path({wave.wave_number: wave.depends_on for wave in waves}, spans)
    return round(sum(spans[number] for number in path), 3)
