"""Recovery instances, as the last sync saw them."""

from ..domain.access.context import CallContext
from ..domain.errors import FieldProblem, require_no_problems
from ..domain.estate.accounts import Place
from ..domain.estate.recovery_instances import RecoveryInstance
from ..domain.pages import Page
from ..operations.syncs import ListRecoveryInstances
from ..store.reads.estate.accounts import get_account
from ..store.reads.estate.recovery_instances import list_instances_of_place, list_instances_of_server


def list_recovery_instances(request: ListRecoveryInstances, _: CallContext) -> Page[RecoveryInstance]:
    """One page of the instances of an account and Region, of a source server, or of a server there.

    Raises InvalidRequest, and RecordNotFound for an unknown account.
    """
    given = {"accountId": request.account_id, "region": request.region}
    if any(given.values()) or not request.source_server_id:
        missing = "is required; give accountId and region, or sourceServerId alone"
        require_no_problems([FieldProblem(field, missing) for field, value in given.items() if not value])
        get_account(request.account_id)
    place = Place(request.account_id, request.region)
    if request.source_server_id:
        return list_instances_of_server(request.source_server_id, place if request.account_id else None, request)
    return list_instances_of_place(place, request)
