"""Deletes executions that have ended, with all their records. The audit log stays."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ...domain.access.context import CallContext
from ...domain.afterwards.termination import instances_left
from ...domain.errors import DomainError, IllegalTransition, InUse, StateConflict
from ...domain.runs.leases import lease_keys
from ...domain.runs.records import Execution, Mode, ServerRun
from ...domain.text import count_of
from ...operations.afterwards import DeleteExecution, DeleteExecutions, DeletionResult, DeletionResults
from ...operations.declaration import Deleted
from ...settings import settings
from ...store.reads.plans.plans import get_plan_version
from ...store.reads.runs.executions import get_execution, get_launch_jobs, get_servers
from ...store.writes.afterwards.deletion import hide_execution, remove_records
from ...store.writes.runs.leases import release_leases

_REMEDIES = {
    Mode.DRILL: "Terminate its instances first, or delete it with force and clean up yourself.",
    Mode.RECOVERY: "Nothing was deleted. Its record is what says where production runs; terminate its instances first.",
}


def delete_execution(request: DeleteExecution, call: CallContext) -> Deleted:
    """Removes an execution that has ended, and frees the leases that it still holds.

    The function that ended it may have died before it freed the leases, and they can only be found by these records. A
    drill whose instances are not known to be gone is refused (InUse) unless ``force``, since they would be forgotten. A
    RECOVERY is refused while instances of it may run, or before its records were kept as long as the setting demands,
    with ``force`` as well. Raises RecordNotFound, IllegalTransition, and InUse, also while instances are terminated.
    """
    execution = get_execution(request.execution_id)
    if not execution.status.is_final:
        raise IllegalTransition(
            f"The execution is {execution.status}. Only an execution that has ended can be deleted.",
            **{"from": execution.status.value},
        )
    if execution.termination and execution.termination.ended_at is None:
        raise InUse(
            "The instances of this execution are being terminated. Delete it after that has ended.",
            executionId=request.execution_id,
        )
    servers = get_servers(execution.execution_id)
    if execution.mode is Mode.RECOVERY:
        _require_kept_long_enough(execution, call.now)
    if execution.mode is Mode.RECOVERY or not request.force:
        _require_nothing_left(execution, servers)
    plan = get_plan_version(execution.plan_id, execution.plan_version)
    release_leases(lease_keys(plan, servers), execution.execution_id)
    if not hide_execution(execution, call.now):
        raise StateConflict("The execution was changed while it was being deleted. Nothing was deleted. Try again.")
    remove_records(request.execution_id)
    return Deleted(execution.execution_id, execution.plan_name)


def delete_executions(request: DeleteExecutions, call: CallContext) -> DeletionResults:
    """Deletes up to 100 executions one by one. Each has its own result, and a failure stops no other."""
    unique = dict.fromkeys(request.execution_ids)
    return DeletionResults([_try_delete(item, request, call) for item in unique])


def _try_delete(execution_id: str, request: DeleteExecutions, call: CallContext) -> DeletionResult:
    try:
        delete_execution(DeleteExecution(execution_id=execution_id, force=request.force), call)
    except DomainError as error:
        return DeletionResult(execution_id, deleted=False, code=error.code, message=error.message)
    return DeletionResult(execution_id, deleted=True)


def _require_kept_long_enough(execution: Execution, now: datetime) -> None:
    days = settings().recovery_retention_days
    until = (execution.ended_at or now) + timedelta(days=days)
    if now < until:
        raise InUse(
            f"The records of a RECOVERY are kept for {days} days, so this one can be deleted from {until:%Y-%m-%d} on. "
            "Nothing was deleted.",
            executionId=execution.execution_id,
            keptUntil=until,
        )


def _require_nothing_left(execution: Execution, servers: Sequence[ServerRun]) -> None:
    left = instances_left(servers)
    jobs = [job for job in get_launch_jobs(execution.execution_id) if job.is_open]
    if left or jobs:
        message = (
            f"This {execution.mode} still has {count_of(len(left), 'instance')}, and {count_of(len(jobs), 'DRS job')} "
            f"of it may still be running. {_REMEDIES[execution.mode]}"
        )
        unresolved = next((run for run in left if run.termination_error), None)
        if unresolved:
            message += f" The last termination of {unresolved.hostname} failed: {unresolved.termination_error}"
        raise InUse(message, instances=[run.recovery_instance_id for run in left[:100]])
