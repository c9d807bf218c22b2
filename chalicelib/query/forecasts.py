"""The forecast of a plan's recovery, from the inventory and the times that launches are expected to take."""

from collections.abc import Mapping, Sequence
from random import Random

from ..domain.access.context import CallContext
from ..domain.estate.accounts import Place
from ..domain.estate.group_standing import members_of
from ..domain.estate.groups import ProtectionGroup
from ..domain.estate.servers import Readiness, SourceServer, judge_readiness, overall
from ..domain.launches.forecast import ForecastServer, forecast_plan
from ..domain.plans.plans import RecoveryPlan
from ..operations.plans import PlanForecast, PlanId
from ..preflight.expected_times import expected_by_mode
from ..side_by_side import map_bounded
from ..store.reads.estate.groups import find_groups
from ..store.reads.estate.inventory import find_servers, servers_of_place
from ..store.reads.plans.plans import get_plan
from .beside import executions_beside
from .groups import MOST_BY_ID


def get_plan_forecast(request: PlanId, call: CallContext) -> PlanForecast:
    """Forecasts a recovery of the current version of a plan.

    Costs two reads, one or more for each place, a request for 100 servers, one for each status of executions that run,
    and two for each execution that does.
    """
    plan = get_plan(request.plan_id)
    found = _members(plan)
    launching = [
        (server, wave)
        for server, wave in found.values()
        if server is not None and overall(judge_readiness(server)) is not Readiness.BLOCKED
    ]
    expected = expected_by_mode([server for server, _ in launching], call.now)
    servers = [
        ForecastServer(
            source_server_id=server.source_server_id,
            hostname=server.hostname,
            wave_number=wave,
            place=server.place,
            kind=server.os,
            expected=time,
            fast_seconds=fast.p50_seconds if fast else None,
        )
        for (server, wave), (time, fast) in zip(launching, expected, strict=True)
    ]
    beside = executions_beside({server.place for server in servers}, plan.plan_id, call.now)
    chance = Random(f"{plan.plan_id} {plan.version}")  # noqa: S311 — to be repeated
    forecast = forecast_plan(plan, servers, chance, beside)
    known = [server.seen_at for server, _ in found.values() if server]
    return PlanForecast.of(
        forecast,
        plan_id=plan.plan_id,
        plan_version=plan.version,
        left_out_count=len(found) - len(servers),
        inventory_seen_at=min(known, default=None),
    )


def _members(plan: RecoveryPlan) -> dict[str, tuple[SourceServer | None, int]]:
    """The servers of the plan with their waves, by id; None for one that the inventory lacks."""
    groups = find_groups(plan.group_ids)
    by_place: dict[Place, list[ProtectionGroup]] = {}
    for group in groups.values():
        by_place.setdefault(group.place, []).append(group)
    members: dict[str, Mapping[str, SourceServer | None]] = {}
    for found in map_bounded(_members_in, sorted(by_place.items(), key=lambda item: item[0])):
        members |= found
    servers: dict[str, tuple[SourceServer | None, int]] = {}
    for wave in plan.waves:
        for group_id in wave.group_ids:
            for server_id, server in members.get(group_id, {}).items():
                servers.setdefault(server_id, (server, wave.number))
    return servers


def _members_in(item: tuple[Place, Sequence[ProtectionGroup]]) -> dict[str, dict[str, SourceServer | None]]:
    """The servers of the groups of one place. A few are read by their ids, others with the whole place."""
    place, groups = item
    server_ids = [server_id for group in groups for server_id in group.source_server_ids]
    if any(group.selects_by_tags for group in groups) or len(server_ids) > MOST_BY_ID:
        return members_of(groups, servers_of_place(place))
    return members_of(groups, find_servers(place, server_ids).values())
