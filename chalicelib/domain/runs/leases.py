"""Leases: what one execution holds until it has ended, so that no other can act on it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from ..plans.plans import RecoveryPlan
from .planned_servers import PlannedServer
from .records import Execution, Mode, ServerRun

ABANDONED_AFTER = timedelta(minutes=16)
"""Longer than a Lambda function can run. A start that wrote no execution in this time will not write one."""

START_PATIENCE = timedelta(seconds=60)
"""How long a start may take from its first lease to its execution before another start may abandon it.

It needs seconds: 4,000 servers are 40 transactions for leases and 160 batches of records. A start that is slower but
still running loses only its turn, because an abandoned start cannot write an execution (``abandon_start``).
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
    """Whether a start in this mode takes over the holder's leases; only a RECOVERY does, from a DRILL."""
    return mode is Mode.RECOVERY and holder.mode is Mode.DRILL and not holder.status.is_final


def may_replace(lease: Lease, holder: Execution | None, *, mode: Mode, now: datetime) -> bool:
    """Whether a start may take the lease over from ``holder``, None if it has not written its execution.

    A holder without an execution must be abandoned first. An execution that has ended no longer needs its leases: it is
    about to release them, or its function failed before it did.
    """
    if holder is None:
        return now >= lease.taken_at + START_PATIENCE
    return holder.status.is_final or preempts(mode, holder)


def start_may_be_abandoned_after(lease: Lease) -> datetime:
    """When another start may take the lease of a start in progress; whole seconds, rounded up."""
    return _whole_seconds(lease.taken_at + START_PATIENCE)


def start_is_certainly_dead_after(lease: Lease) -> datetime:
    """When a lease holder without an execution can no longer write one; whole seconds, rounded up."""
    return _whole_seconds(lease.taken_at + ABANDONED_AFTER)


def describe_holder(lease: Lease, holder: Execution | None) -> str:
    """The holder of a lease, as part of a sentence."""
    if holder is None:
        return f"a start in progress ({lease.execution_id})"
    return f"{holder.mode} '{holder.plan_name}' ({lease.execution_id}, {holder.status})"


def describe_wait(lease: Lease, holder: Execution | None) -> str:
    """A sentence on what to wait for if a start needs the lease."""
    if holder is None:
        free_at = start_may_be_abandoned_after(lease)
        return f"If that start has failed, a new start can take over after {free_at:%H:%M:%S} UTC."
    return "Wait until that execution has ended, or cancel it."


def _whole_seconds(moment: datetime) -> datetime:
    """Rounded up."""
    return (moment + timedelta(microseconds=999_999)).replace(microsecond=0)


def lease_keys(plan: RecoveryPlan, servers: Iterable[ServerRun] | Iterable[PlannedServer]) -> list[str]:
    """All that an execution must hold, in the order in which leases are taken: plan, groups, servers."""
    of_servers = {server_lease_key(run.account_id, run.region, run.source_server_id) for run in servers}
    return [
        plan_lease_key(plan.plan_id),
        *(group_lease_key(item) for item in sorted(plan.group_ids)),
        *sorted(of_servers),
    ]
