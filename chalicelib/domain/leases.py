"""Leases: what one execution holds so that no other can act on it, until it has ended."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from .executions import ServerRun
from .plans import RecoveryPlan

ABANDONED_AFTER = timedelta(minutes=16)
"""Longer than a Lambda function can live: a lease of this age whose execution was never written is nobody's."""


class Lease(msgspec.Struct, frozen=True):
    key: str
    execution_id: str
    taken_at: datetime


def plan_lease_key(plan_id: str) -> str:
    return f"plan#{plan_id}"


def group_lease_key(group_id: str) -> str:
    return f"group#{group_id}"


def server_lease_key(account_id: str, region: str, source_server_id: str) -> str:
    return f"{account_id}#{region}#{source_server_id}"


def lease_keys(plan: RecoveryPlan, servers: Iterable[ServerRun]) -> list[str]:
    """All that an execution must hold, in the one order in which everybody takes leases: plan, groups, servers."""
    of_servers = {server_lease_key(run.account_id, run.region, run.source_server_id) for run in servers}
    return [
        plan_lease_key(plan.plan_id),
        *(group_lease_key(item) for item in sorted(plan.group_ids)),
        *sorted(of_servers),
    ]
