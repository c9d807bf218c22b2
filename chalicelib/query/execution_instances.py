"""The recovery instances of an execution: the instance of each server, and its state in EC2."""

from collections.abc import Mapping, Sequence

from ..aws.reads.estate.recovery_instances import see_instances
from ..domain.access.context import CallContext
from ..domain.estate.accounts import Place, TargetAccount
from ..domain.estate.sightings import InstanceSighting
from ..domain.runs.records import ServerRun
from ..operations.live import ExecutionInstance, ExecutionInstances, InstanceState, ListExecutionInstances
from ..side_by_side import each_place
from ..store.reads.runs.instances import accounts_of_execution
from ..store.reads.runs.live import list_servers_of_waves


def list_execution_instances(request: ListExecutionInstances, _: CallContext) -> ExecutionInstances:
    """The instances of one page of servers, by wave, with their state in EC2 now.

    Calls DRS and EC2 once for each account and Region of the page (200 servers a call), and DynamoDB twice. Raises
    RecordNotFound.
    """
    page = list_servers_of_waves(request)
    launched = [run for run in page.items if run.recovery_instance_id]
    present = [run for run in launched if run.terminated_at is None]
    accounts = accounts_of_execution(request.execution_id, (run.account_id for run in present))
    seen, problems = _see(present, accounts)
    items = [
        _instance(run, seen.get(run.recovery_instance_id) or _unseen(run, InstanceState.TERMINATED)) for run in launched
    ]
    return ExecutionInstances(items, page.next_cursor, list(problems))


def _see(
    servers: Sequence[ServerRun], accounts: Mapping[str, TargetAccount]
) -> tuple[dict[str, InstanceSighting], tuple[str, ...]]:
    """The instance of each server, by id, as it is in EC2 now, and the places that could not be read."""
    by_place: dict[Place, list[ServerRun]] = {}
    for run in servers:
        by_place.setdefault(run.place, []).append(run)

    def look(place: Place) -> dict[str, InstanceSighting]:
        recorded = {run.source_server_id: run.recovery_instance_id for run in by_place[place]}
        shown = see_instances(accounts[place.account_id], place.region, recorded)
        return {instance.instance_id: instance for instance in shown}

    looks = each_place(by_place, look, what="recovery instances")
    seen = {
        run.recovery_instance_id: looks.found[place].get(run.recovery_instance_id)
        or _unseen(run, InstanceState.NOT_FOUND)
        if place in looks.found
        else _unseen(run, InstanceState.UNKNOWN)
        for place, here in by_place.items()
        for run in here
    }
    return seen, looks.problems


def _unseen(run: ServerRun, state: InstanceState) -> InstanceSighting:
    return InstanceSighting(run.recovery_instance_id, run.source_server_id, run.job_id, state)


def _instance(run: ServerRun, seen: InstanceSighting) -> ExecutionInstance:
    return ExecutionInstance(
        wave_number=run.wave_number,
        source_server_id=run.source_server_id,
        hostname=run.hostname,
        account_id=run.account_id,
        region=run.region,
        recovery_instance_id=run.recovery_instance_id,
        state=seen.state,
        private_address=seen.private_address,
        instance_type=seen.instance_type,
        started_at=seen.started_at,
        job_id=run.job_id,
        launched_at=run.ended_at,
        terminated_at=run.terminated_at,
        termination_error=run.termination_error,
    )
