"""When the records of an execution may be deleted, and what goes with them."""

from datetime import datetime, timedelta

from ..errors import IllegalTransition, InUse
from ..runs.records import Execution, Mode
from ..text import count_of

_REMEDIES = {
    Mode.DRILL: "Terminate its instances first, or delete it with force and clean up yourself.",
    Mode.RECOVERY: "Nothing was deleted. Its record is what says where production runs; terminate its instances first.",
}


def require_deletable(execution: Execution, kept_days: int, now: datetime) -> None:
    """Raises IllegalTransition before its end, and InUse during a termination or while a RECOVERY must be kept."""
    if not execution.status.is_final:
        raise IllegalTransition(
            f"The execution is {execution.status}. Only an execution that has ended can be deleted.",
            **{"from": execution.status.value},
        )
    if execution.termination and execution.termination.ended_at is None:
        raise InUse(
            "The instances of this execution are being terminated. Delete it after that has ended.",
            executionId=execution.execution_id,
        )
    until = kept_until(execution, kept_days)
    if until and now < until:
        raise InUse(
            f"The records of a RECOVERY are kept for {kept_days} days, so this one can be deleted from "
            f"{until:%Y-%m-%d} on. Nothing was deleted.",
            executionId=execution.execution_id,
            keptUntil=until,
        )


def kept_until(execution: Execution, kept_days: int) -> datetime | None:
    """Until when the records of a RECOVERY that has ended must be kept; None for all others."""
    if execution.mode is not Mode.RECOVERY or execution.ended_at is None:
        return None
    return execution.ended_at + timedelta(days=kept_days)


def left_behind(execution: Execution, instances: int, jobs: int) -> str:
    """Why it cannot be deleted without force, and a RECOVERY not at all: what would be forgotten; empty if nothing."""
    if not instances and not jobs:
        return ""
    return (
        f"This {execution.mode} still has {count_of(instances, 'instance')}, and {count_of(jobs, 'DRS job')} of it may "
        f"still be running. {_REMEDIES[execution.mode]}"
    )


def describe_deletion(execution: Execution) -> str:
    """What a deletion does."""
    return (
        f"The records of this {execution.mode} of '{execution.plan_name}' are deleted for ever: its waves, "
        f"{count_of(execution.server_count, 'server')} and its timeline. The audit log stays."
    )
