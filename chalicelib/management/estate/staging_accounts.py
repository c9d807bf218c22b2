"""Adding staging accounts to target accounts, and removing them."""

from ...domain.access.context import CallContext
from ...domain.errors import FieldProblem, StateConflict, require_no_problems
from ...domain.estate.staging import StagingAccount, staging_account_problems
from ...domain.text import name_problems, plain_name
from ...operations.staging import AddStagingAccount, RemovedStagingAccount, StagingAccountId
from ...store.reads.estate.accounts import get_account
from ...store.reads.estate.inventory import sightings_of_account
from ...store.reads.estate.staging import get_staging_account
from ...store.writes.estate import staging as writes


def add_staging_account(request: AddStagingAccount, call: CallContext) -> StagingAccount:
    """Adds a staging account to a target account.

    Nothing is asked of AWS, so that an account can be added before it lets the target account in; the validation does.
    Raises RecordNotFound for an unknown target account, InvalidRequest, and StateConflict if it is added already.
    """
    target, staging = request.account_id, request.staging_account_id
    require_no_problems([*staging_account_problems(target, staging), *_name_problems(request.name)])
    get_account(target)
    name, by = plain_name(request.name) or staging, call.principal
    added = StagingAccount(target, staging, name, call.now, by.name, by.person)
    if not writes.add_staging_account(added):
        get_account(target)  # another call may have removed it
        raise StateConflict(
            f"Account {staging} is a staging account of {target} already. Nothing was changed. "
            "To give it another name, remove it and add it again; its servers stay extended.",
            stagingAccountId=staging,
        )
    return added


def remove_staging_account(request: StagingAccountId, _: CallContext) -> RemovedStagingAccount:
    """Removes a staging account, so that no more of its servers are extended. Raises RecordNotFound."""
    target, staging = request.account_id, request.staging_account_id
    get_staging_account(target, staging)
    writes.remove_staging_account(target, staging)
    extended = sum(sighting.extended.get(staging, 0) for sighting in sightings_of_account(target))
    return RemovedStagingAccount(target, staging, extended)


def _name_problems(name: str) -> list[FieldProblem]:
    return name_problems(name) if name else []
