"""Taking every lease that a start needs, or none: free ones, ones nobody needs any more, and for a RECOVERY a DRILL's.

A drill that is taken over is cancelled first, so that it starts nothing new; its DRS jobs run on, and the recovery's
servers in them wait until these have ended. Recoveries never take over from each other: leases are taken in one order
by conditional writes, so of two at once exactly one gets them all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..domain.context import CallContext
from ..domain.errors import AlreadyRunning, DomainError, ServersBusy
from ..domain.executions import Execution, Mode
from ..domain.leases import Lease, may_replace, plan_lease_key, preempts, told_holder
from ..domain.plans import RecoveryPlan
from ..logs import logger
from ..store.reads.executions import find_execution
from ..store.reads.leases import find_leases
from ..store.transactions import MAX_ITEMS
from ..store.writes.leases import release_leases, replace_leases, take_leases
from .interventions import cancel_because


def take_all_leases(
    keys: Sequence[str], execution_id: str, mode: Mode, plan: RecoveryPlan, call: CallContext
) -> list[Execution]:
    """Takes every lease or none; returns the drills that were cancelled for it.

    Raises AlreadyRunning or ServersBusy, with the name of the holder.
    """
    preempted: dict[str, Execution] = {}
    taken = take_leases(keys, execution_id, call.now)
    while taken < len(keys):
        # All that are left, not just these hundred: no drill is cancelled for a start that fails further on.
        found = find_leases(keys[taken:])
        held = [found[key] for key in keys[taken:] if key in found and found[key].execution_id != execution_id]
        holders = {holder_id: find_execution(holder_id) for holder_id in {lease.execution_id for lease in held}}
        obstacles = [
            lease for lease in held if not may_replace(lease, holders[lease.execution_id], mode=mode, now=call.now)
        ]
        if obstacles:
            release_leases(keys, execution_id)
            raise _busy(obstacles, holders, plan)
        for holder in holders.values():
            if holder is not None and holder.execution_id not in preempted and preempts(mode, holder):
                preempted[holder.execution_id] = holder
                _preempt(holder, execution_id, call)
        if _replace(held, execution_id, call.now):
            taken += take_leases(keys[taken:], execution_id, call.now)
    return list(preempted.values())


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


def _busy(obstacles: Sequence[Lease], holders: Mapping[str, Execution | None], plan: RecoveryPlan) -> DomainError:
    own = next((lease for lease in obstacles if lease.key == plan_lease_key(plan.plan_id)), None)
    first = own or obstacles[0]
    name = told_holder(first.execution_id, holders[first.execution_id])
    if own:
        return AlreadyRunning(
            f"The plan '{plan.name}' is already running: {name}. Wait until it has ended.",
            executionId=first.execution_id,
        )
    count = len(obstacles)
    message = f"{count} server(s) or group(s) of the plan are held by {name}. Wait until it has ended, or cancel it."
    return ServersBusy(message, executionId=first.execution_id, first=first.key)
