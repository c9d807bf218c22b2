"""Looks up which executions hold what a start of a plan needs, and what that means for it. Writes nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..domain.estate.servers import Finding, Readiness
from ..domain.plans.plans import RecoveryPlan
from ..domain.runs.leases import (
    Lease,
    describe_holder,
    describe_wait,
    group_lease_key,
    lease_keys,
    may_replace,
    plan_lease_key,
    preempts,
    server_lease_key,
)
from ..domain.runs.planned_servers import PlannedServer
from ..domain.runs.records import Execution, Mode
from ..store.reads.runs.executions import find_execution
from ..store.reads.runs.leases import find_leases


class Held(msgspec.Struct, frozen=True):
    """The servers with what their holders mean for them, what those of plan and groups mean, and drills to cancel."""

    servers: list[PlannedServer]
    obstacles: list[Finding]
    preempted: list[Execution]


def judge_holders(plan: RecoveryPlan, servers: Sequence[PlannedServer], mode: Mode, now: datetime) -> Held:
    """Judges every lease that a start needs, by the rules of a start. Costs a request for 100 leases."""
    leases = find_leases(lease_keys(plan, servers))
    holders = {holder_id: find_execution(holder_id) for holder_id in {lease.execution_id for lease in leases.values()}}

    def judge(key: str) -> list[Finding]:
        return _judge(leases[key], holders, mode, now) if key in leases else []

    whole = [plan_lease_key(plan.plan_id), *(group_lease_key(group_id) for group_id in plan.group_ids)]
    of_plan = [finding for key in whole for finding in judge(key) if finding.readiness is Readiness.BLOCKED]
    judged = [
        server.with_findings(judge(server_lease_key(server.account_id, server.region, server.source_server_id)))
        for server in servers
    ]
    preempted = [holder for holder in holders.values() if holder is not None and preempts(mode, holder)]
    in_order = sorted(preempted, key=lambda drill: drill.execution_id)
    return Held(judged, list(dict.fromkeys(of_plan)), in_order)


def _judge(lease: Lease, holders: Mapping[str, Execution | None], mode: Mode, now: datetime) -> list[Finding]:
    holder = holders[lease.execution_id]
    name = describe_holder(lease, holder)
    if holder is not None and preempts(mode, holder):
        reason = f"It is held by {name}. This recovery would cancel that drill and take the server over."
        remedy = "Start the recovery, or wait until the drill has ended."
        return [Finding(Readiness.DEGRADED, "WOULD_PREEMPT", reason, remedy)]
    if may_replace(lease, holder, mode=mode, now=now):
        return []
    return [Finding(Readiness.BLOCKED, "HELD", f"It is held by {name}.", describe_wait(lease, holder))]
