"""Taking every lease that a start needs: free ones, ones that nobody needs any more, and for a RECOVERY a DRILL's.

A drill that is taken over is cancelled first, so that it starts nothing new; its DRS jobs run on, and the recovery's
servers in them wait until these have ended. A start that has died, or takes too long, is abandoned first, so that it
can become no execution. Recoveries never take over from each other: leases are taken in one order by conditional
writes, so of two at once exactly one gets them all.
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
"""The detail of a refusal by a start under way: when a new start takes over what it holds."""


def take_all_leases(
    keys: Sequence[str], execution_id: str, mode: Mode, plan: RecoveryPlan, call: CallContext
) -> list[Execution]:
    """Takes every lease; returns the drills that were cancelled for it.

    Raises AlreadyRunning or ServersBusy, with the name of the holder; some leases may be held then, and the caller has
    to release them, as after any other error.
    """
    preempted: dict[str, Execution] = {}
    taken = take_leases(keys, execution_id, call.now)
    while taken < len(keys):
        # All that are left, not just these hundred: no drill is cancelled for a start that fails further on.
        found = find_leases(keys[taken:])
        held = [found[key] for key in keys[taken:] if key in found and found[key].execution_id != execution_id]
        holders = _holders_of(held)
        now = call.now
        obstacles = [lease for lease in held if not may_replace(lease, holders[lease.execution_id], mode=mode, now=now)]
        if obstacles:
            raise _busy(obstacles, holders, plan)
        if not all(abandon_start(holder_id, now) for holder_id, holder in holders.items() if holder is None):
            # It has become an execution since the look.
            continue
        for holder in holders.values():
            if holder is not None and holder.execution_id not in preempted and preempts(mode, holder):
                preempted[holder.execution_id] = holder
                _preempt(holder, execution_id, call)
        if _replace(held, execution_id, call.now):
            taken += take_leases(keys[taken:], execution_id, call.now)
    return list(preempted.values())


def lost_to(keys: Sequence[str], execution_id: str, plan: RecoveryPlan) -> DomainError:
    """Why a start that was abandoned has failed: what holds its leases by now."""
    found = find_leases(keys)
    others = [found[key] for key in keys if key in found and found[key].execution_id != execution_id]
    if not others:
        return StateConflict(
            f"This start of '{plan.name}' took too long, and another start took its place. Nothing was started, and "
            "the other start holds nothing any more. Start it again."
        )
    return _busy(others, _holders_of(others), plan)


def _replace(held: Sequence[Lease], execution_id: str, now: datetime) -> bool:
    """Takes over all of ``held``, a hundred at a time in order; False when somebody was faster with some of them."""
    chunks = [held[start : start + MAX_ITEMS] for start in range(0, len(held), MAX_ITEMS)]
    return all(replace_leases(chunk, execution_id, now) for chunk in chunks)


def _preempt(drill: Execution, execution_id: str, call: CallContext) -> None:
    try:
        cancel_because(drill.execution_id, f"pre-empted by RECOVERY {execution_id}", call)
    except DomainError as error:
        # It has ended by itself, or its waiting waves are told later: its leases are taken over in either case.
        logger.warning("drill not cancelled", extra={"execution_id": drill.execution_id, "reason": error.message})


def _holders_of(leases: Sequence[Lease]) -> dict[str, Execution | None]:
    return {holder_id: find_execution(holder_id) for holder_id in {lease.execution_id for lease in leases}}


def _busy(obstacles: Sequence[Lease], holders: Mapping[str, Execution | None], plan: RecoveryPlan) -> DomainError:
    own = next((lease for lease in obstacles if lease.key == plan_lease_key(plan.plan_id)), None)
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
