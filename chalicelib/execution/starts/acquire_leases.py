"""Takes every lease that a start needs, from drills too if it is a RECOVERY.

A drill whose leases are taken is cancelled first, so that it starts nothing new. Its DRS jobs run on, and servers that
are still in them are recovered after these jobs have ended. A start that has died, or takes too long, is abandoned
first, so that it can never become an execution. Recoveries never take leases from each other. All starts take leases in
the same order by conditional writes, so of two starts at once exactly one gets all of them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ...domain.access.context import CallContext
from ...domain.errors import AlreadyRunning, DomainError, ServersBusy, StateConflict
from ...domain.plans.plans import RecoveryPlan
from ...domain.runs.leases import (
    Lease,
    describe_holder,
    describe_wait,
    may_replace,
    plan_lease_key,
    preempts,
    start_may_be_abandoned_after,
)
from ...domain.runs.records import Execution, Mode
from ...logs import logger
from ...store.reads.runs.executions import find_execution
from ...store.reads.runs.leases import find_leases
from ...store.transactions import MAX_ITEMS
from ...store.writes.runs.leases import replace_leases, take_leases
from ...store.writes.runs.new_executions import abandon_start
from ..people.control import cancel_because

FREE_AFTER = "freeAfter"
"""A detail of refusals because of a start in progress: when another start may take over its leases."""


def acquire_all_leases(
    keys: Sequence[str], execution_id: str, mode: Mode, plan: RecoveryPlan, call: CallContext
) -> list[Execution]:
    """Takes every lease and returns the drills that were cancelled for it.

    Raises AlreadyRunning or ServersBusy, which name the holder. After these, as after any other error, some leases may
    be held; the caller must release them.
    """
    preempted: dict[str, Execution] = {}
    taken = take_leases(keys, execution_id, call.now)
    while taken < len(keys):
        # All that are left, not just the next hundred: no drill is cancelled for a start that fails on a later one.
        found = find_leases(keys[taken:])
        held = [found[key] for key in keys[taken:] if key in found and found[key].execution_id != execution_id]
        holders = _holders_of(held)
        now = call.now
        obstacles = [lease for lease in held if not may_replace(lease, holders[lease.execution_id], mode=mode, now=now)]
        if obstacles:
            raise _busy(obstacles, holders, plan)
        if not all(abandon_start(holder_id, now) for holder_id, holder in holders.items() if holder is None):
            # A start has become an execution since it was read.
            continue
        for holder in holders.values():
            if holder is not None and holder.execution_id not in preempted and preempts(mode, holder):
                preempted[holder.execution_id] = holder
                _preempt(holder, execution_id, call)
        if _replace(held, execution_id, call.now):
            taken += take_leases(keys[taken:], execution_id, call.now)
    return list(preempted.values())


def abandoned_start_error(keys: Sequence[str], execution_id: str, plan: RecoveryPlan) -> DomainError:
    """The error of a start that was abandoned because it was too slow. It names what holds its leases now."""
    found = find_leases(keys)
    others = [found[key] for key in keys if key in found and found[key].execution_id != execution_id]
    if not others:
        return StateConflict(
            f"This start of '{plan.name}' took too long and lost its turn to another start, which has released "
            "its leases since. Nothing was started. Start it again."
        )
    return _busy(others, _holders_of(others), plan)


def _replace(held: Sequence[Lease], execution_id: str, now: datetime) -> bool:
    """Takes over all of ``held`` in order, a hundred at a time. False if another start took some first."""
    chunks = [held[start : start + MAX_ITEMS] for start in range(0, len(held), MAX_ITEMS)]
    return all(replace_leases(chunk, execution_id, now) for chunk in chunks)


def _preempt(drill: Execution, execution_id: str, call: CallContext) -> None:
    try:
        cancel_because(drill.execution_id, f"pre-empted by RECOVERY {execution_id}", call)
    except DomainError as error:
        # It has just ended, or the watchdog will release its waves later. Its leases are taken over in either case.
        logger.warning("drill not cancelled", extra={"execution_id": drill.execution_id, "reason": error.message})


def _holders_of(leases: Sequence[Lease]) -> dict[str, Execution | None]:
    return {holder_id: find_execution(holder_id) for holder_id in {lease.execution_id for lease in leases}}


def _busy(obstacles: Sequence[Lease], holders: Mapping[str, Execution | None], plan: RecoveryPlan) -> DomainError:
    own = _plan_lease_of(plan, obstacles)
    first = own or obstacles[0]
    holder = holders[first.execution_id]
    details: dict[str, Any] = {"executionId": first.execution_id}
    if holder is None:
        details[FREE_AFTER] = start_may_be_abandoned_after(first)
    name, wait = describe_holder(first, holder), describe_wait(first, holder)
    if own:
        return AlreadyRunning(f"The plan '{plan.name}' is already running: {name}. {wait}", **details)
    count = len(obstacles)
    held = "1 server or group of the plan is" if count == 1 else f"{count:,} servers and groups of the plan are"
    return ServersBusy(f"{held} held by {name}. {wait}", **details, first=first.key)


def _plan_lease_of(plan: RecoveryPlan, obstacles: Sequence[Lease]) -> Lease | None:
    """The plan's lease if it is an obstacle, or if the holder of one has it by now.

    Leases are not read at one moment, and each start takes that of its plan first: another start of the plan may be
    seen as the holder of the servers and not yet of the plan.
    """
    key = plan_lease_key(plan.plan_id)
    own = next((lease for lease in obstacles if lease.key == key), None) or find_leases([key]).get(key)
    return own if own and own.execution_id in {lease.execution_id for lease in obstacles} else None
