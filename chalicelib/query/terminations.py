"""The progress of the termination of an execution's instances, from the records and from DRS."""

from ..aws.reads.estate.recovery_instances import describe_instances_of
from ..domain.access.context import CallContext
from ..domain.afterwards.termination import TerminationProgress, TerminationState, is_there, summarize_progress
from ..domain.estate.accounts import Place
from ..domain.estate.sightings import InstanceSighting
from ..operations.runs import ExecutionId
from ..side_by_side import each_place
from ..store.reads.estate.accounts import find_accounts
from ..store.reads.runs.executions import get_execution, get_servers


def get_termination_status(request: ExecutionId, _: CallContext) -> TerminationProgress:
    """The progress of a termination. Reads DRS only while it is under way, so that gone instances count at once.

    Raises RecordNotFound.
    """
    execution = get_execution(request.execution_id)
    servers = get_servers(request.execution_id)
    recorded = summarize_progress(execution, servers)
    if recorded.state is not TerminationState.IN_PROGRESS:
        return recorded
    pending = [run for run in servers if run.recovery_instance_id and run.terminated_at is None]
    by_place: dict[Place, list[str]] = {}
    for run in pending:
        by_place.setdefault(run.place, []).append(run.source_server_id)
    accounts = find_accounts({place.account_id for place in by_place})

    def look(place: Place) -> list[InstanceSighting]:
        return describe_instances_of(accounts[place.account_id], place.region, by_place[place])

    looks = each_place(by_place, look, what="recovery instances")
    there = {instance.instance_id for seen in looks.found.values() for instance in seen if is_there(instance)}
    gone = {run.recovery_instance_id for run in pending if run.place in looks.found} - there
    return summarize_progress(execution, servers, gone=gone, problems=looks.problems)
