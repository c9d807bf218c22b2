"""Leases: what one execution holds so that no other can act on it, until it has ended."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from ..plans.plans import RecoveryPlan
from .planned_servers import PlannedServer
from .records import Execution, Mode, ServerRun

ABANDONED_AFTER = timedelta(minutes=16)
"""Longer than a Lambda function can live: after so long a start that wrote no execution cannot write one any more."""

START_PATIENCE = timedelta(seconds=60)
"""How long a start may take from its first lease to its execution before another start may abandon it.

It needs seconds: 4,000 servers are 40 transactions for leases and 160 batches of records. A start that is slower and
still alive loses its turn and nothing else: once abandoned it can write no execution (``abandon_start``).
"""


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


def preempts(mode: Mode, holder: Execution) -> bool:
    """Whether a start in this mode takes over what the holder has: a RECOVERY what a DRILL has, and nothing else."""
    return mode is Mode.RECOVERY and holder.mode is Mode.DRILL and not holder.status.is_final


def may_replace(lease: Lease, holder: Execution | None, *, mode: Mode, now: datetime) -> bool:
    """Whether a start may take the lease over; ``holder`` None: its execution was never written, or not yet.

    Such a holder has to be abandoned first. An execution that has ended needs its leases no more; it is about to free
    them, or its function died before that.
    """
    if holder is None:
        return now >= lease.taken_at + START_PATIENCE
    return holder.status.is_final or preempts(mode, holder)


def start_may_be_abandoned_after(lease: Lease) -> datetime:
    """When another start may take the lease of a start under way; whole seconds, never too early."""
    return _whole_seconds(lease.taken_at + START_PATIENCE)


def start_is_certainly_dead_after(lease: Lease) -> datetime:
    """When a start that holds the lease and wrote no execution cannot write one any more; whole seconds."""
    return _whole_seconds(lease.taken_at + ABANDONED_AFTER)


def describe_holder(lease: Lease, holder: Execution | None) -> str:
    """The holder of a lease in a sentence."""
    if holder is None:
        return f"a start under way ({lease.execution_id})"
    return f"{holder.mode} '{holder.plan_name}' ({lease.execution_id}, {holder.status})"


def describe_wait(lease: Lease, holder: Execution | None) -> str:
    """What a start that needs the lease can wait for."""
    if holder is None:
        return f"If it has died, a new start takes over after {start_may_be_abandoned_after(lease):%H:%M:%S} UTC."
    return "Wait until that has ended, or cancel it."


def _whole_seconds(moment: datetime) -> datetime:
    """Rounded up."""
    return (moment + timedelta(microseconds=999_999)).replace(microsecond=0)


def lease_keys(plan: RecoveryPlan, servers: Iterable[ServerRun] | Iterable[PlannedServer]) -> list[str]:
    """All that an execution must hold, in the one order in which everybody takes leases: plan, groups, servers."""
    of_servers = {server_lease_key(run.account_id, run.region, run.source_server_id) for run in servers}
    return [
        plan_lease_key(plan.plan_id),
        *(group_lease_key(item) for item in sorted(plan.group_ids)),
        *sorted(of_servers),
    ]
