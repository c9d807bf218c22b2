"""The instances that the servers of a plan have from earlier drills and recoveries."""

from datetime import datetime

import msgspec

from ..domain.access.context import CallContext
from ..domain.runs.existing_instances import ExistingInstance
from ..domain.runs.planned_servers import PlannedServer
from ..operations.plans import PlanId, PlanInstance, PlanInstances
from ..preflight.existing_instances import with_existing
from ..preflight.resolution import resolve_plan
from ..store.reads.plans.plans import get_plan


def get_existing_instances(request: PlanId, call: CallContext) -> PlanInstances:
    """What DRS and EC2 show now, by wave and server. Raises RecordNotFound.

    An account and Region that cannot be read is a problem in the answer, and does not hide what others show.
    """
    now = call.now
    plan = get_plan(request.plan_id)
    resolution = resolve_plan(plan, now)
    servers, existing = with_existing(resolution.servers, resolution.accounts, now)
    places = {server.place: existing.unread.get(server.source_server_id, "") for server in servers}
    unread = [f"{place}: {reason}" for place, reason in sorted(places.items()) if reason]
    return PlanInstances(
        plan_id=plan.plan_id,
        checked_at=now,
        items=[_listed(server, instance, now) for server in servers for instance in server.existing],
        problems=[problem.message for problem in resolution.problems] + unread,
    )


def _listed(server: PlannedServer, instance: ExistingInstance, now: datetime) -> PlanInstance:
    age = round((now - instance.launched_at).total_seconds()) if instance.launched_at else None
    return PlanInstance(
        **msgspec.structs.asdict(instance),
        wave_number=server.wave_number,
        hostname=server.hostname,
        age_seconds=age,
    )
