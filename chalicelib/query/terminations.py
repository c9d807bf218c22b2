"""The progress of the termination of an execution's instances, from the records, DRS and EC2."""

from ..aws.reads.estate.recovery_instances import see_instances
from ..domain.access.context import CallContext
from ..domain.afterwards.termination import TerminationProgress, TerminationState, places_to_look_at, summarize_progress
from ..domain.afterwards.termination_requests import refusals_of
from ..domain.estate.accounts import Place
from ..domain.estate.sightings import InstanceSighting
from ..operations.runs import ExecutionId
from ..side_by_side import each_place
from ..store.reads.afterwards.terminations import get_termination_requests
from ..store.reads.estate.accounts import find_accounts
from ..store.reads.runs.executions import get_execution, get_servers


def get_termination_status(request: ExecutionId, _: CallContext) -> TerminationProgress:
    """The progress of a termination. Reads AWS only while it is under way, so that gone instances count at once.

    Raises RecordNotFound.
    """
    execution = get_execution(request.execution_id)
    servers = get_servers(request.execution_id)
    recorded = summarize_progress(execution, servers)
    if recorded.state is not TerminationState.IN_PROGRESS:
        return recorded
    pending = [run for run in servers if run.recovery_instance_id and run.terminated_at is None]
    by_place = places_to_look_at(pending)
    accounts = find_accounts({place.account_id for place in by_place})

    def look(place: Place) -> list[InstanceSighting]:
        return see_instances(accounts[place.account_id], place.region, by_place[place])

    looks = each_place(by_place, look, what="recovery instances")
    there = {instance.instance_id for seen in looks.found.values() for instance in seen if instance.exists}
    gone = {run.recovery_instance_id for run in pending if run.place in looks.found} - there
    waits = refusals_of(get_termination_requests(request.execution_id), execution.termination)
    return summarize_progress(execution, servers, gone=gone, problems=(*looks.problems, *waits))
