"""Deletes executions that have ended, with all their records. The audit log stays."""

from collections.abc import Sequence

from ...domain.access.context import CallContext
from ...domain.afterwards.deletion import left_behind, require_deletable
from ...domain.afterwards.termination import instances_left
from ...domain.errors import DomainError, InUse, StateConflict
from ...domain.runs.leases import lease_keys
from ...domain.runs.records import Execution, Mode, ServerRun
from ...operations.afterwards import DeleteExecution, DeleteExecutions, DeletionResult, DeletionResults
from ...operations.declaration import Deleted
from ...settings import settings
from ...store.reads.plans.plans import get_plan_version
from ...store.reads.runs.executions import get_execution, get_launch_jobs, get_servers
from ...store.writes.afterwards.deletion import hide_execution, remove_records
from ...store.writes.runs.leases import release_leases


def delete_execution(request: DeleteExecution, call: CallContext) -> Deleted:
    """Removes an execution that has ended, and frees the leases that it still holds.

    The function that ended it may have died before it freed the leases, and they can only be found by these records. A
    drill whose instances are not known to be gone is refused (InUse) unless ``force``, since they would be forgotten. A
    RECOVERY is refused while instances of it may run, or before its records were kept as long as the setting demands,
    with ``force`` as well. Raises RecordNotFound, IllegalTransition, and InUse, also while instances are terminated.
    """
    execution = get_execution(request.execution_id)
    require_deletable(execution, settings().recovery_retention_days, call.now)
    servers = get_servers(execution.execution_id)
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


def _require_nothing_left(execution: Execution, servers: Sequence[ServerRun]) -> None:
    left = instances_left(servers)
    jobs = [job for job in get_launch_jobs(execution.execution_id) if job.is_open]
    if message := left_behind(execution, len(left), len(jobs)):
        unresolved = next((run for run in left if run.termination_error), None)
        if unresolved:
            message += f" The last termination of {unresolved.hostname} failed: {unresolved.termination_error}"
        raise InUse(message, instances=[run.recovery_instance_id for run in left[:100]])
