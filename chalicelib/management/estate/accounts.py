"""Registering, changing, removing and validating target accounts."""

from msgspec import UNSET

from ...aws.reads.estate.regions import regions_with_drs
from ...domain.access.context import CallContext
from ...domain.errors import InUse, StateConflict, require_no_problems
from ...domain.estate.accounts import TargetAccount, account_problems, role_arn, role_names
from ...domain.estate.registers import PlaceRegister
from ...domain.text import count_of, name_problems, plain_name
from ...operations.accounts import AccountView, RegisterTargetAccount, RemoveTargetAccount, UpdateTargetAccount
from ...operations.declaration import Deleted
from ...settings import settings
from ...store.reads.estate.accounts import find_account, find_holder_of_account_name, get_account
from ...store.reads.estate.registers import registers_of_account
from ...store.writes.estate import accounts as writes
from ..saving import Draft, Kind, create, delete, update
from .forgetting import forget_account, forget_left_out_regions

_ACCOUNTS = Kind(
    "target account",
    "accountId",
    find_holder_of_account_name,
    get_account,
    find_account,
    lambda account: account.account_id,
    "",
)


def register_target_account(request: RegisterTargetAccount, call: CallContext) -> AccountView:
    """Registers an account. Raises InvalidRequest, NameTaken, and StateConflict when it is registered already."""
    account = account_of(request, request.external_id, 1, call)

    def draft() -> Draft[TargetAccount]:
        known = find_account(account.account_id)
        if known:
            raise StateConflict(
                f"The account {account.account_id} is already registered, as '{known.name}'. Update it instead.",
                accountId=known.account_id,
            )
        return Draft(account, lambda: writes.create_account(account))

    create(_ACCOUNTS, None, call.now, draft)
    return AccountView.of(account)


def update_target_account(request: UpdateTargetAccount, call: CallContext) -> AccountView:
    """Replaces an account's content. What the syncs keep of Regions that it no longer names is removed.

    Raises RecordNotFound, InvalidRequest, StaleVersion, NameTaken, and InUse for a Region that groups use.
    """

    require_no_problems(name_problems(request.name))

    def draft(before: TargetAccount) -> Draft[TargetAccount]:
        _ACCOUNTS.require_version(before, request.version)
        secret = before.external_id if request.external_id is UNSET else request.external_id
        after = account_of(request, secret, before.version + 1, call)
        dropped = sorted(set(before.regions or regions_with_drs()) - set(after.regions or regions_with_drs()))
        registers = registers_of_account(before.account_id, dropped)
        _require_unused(before, registers, "Region that is left out")
        return Draft(after, lambda: writes.update_account(before, after, registers))

    account = update(_ACCOUNTS, request.account_id, draft)
    forget_left_out_regions(account)
    return AccountView.of(account)


def remove_target_account(request: RemoveTargetAccount, call: CallContext) -> Deleted:  # noqa: ARG001
    """Removes an account, and then what the syncs keep of it and its staging accounts.

    Repeated after a death, it removes what was left. Raises RecordNotFound, StaleVersion, and InUse with the groups
    that use the account.
    """
    if find_account(request.account_id) is None and forget_account(request.account_id):
        return Deleted(request.account_id, request.account_id)
    regions: tuple[str, ...] = ()

    def write(account: TargetAccount) -> None:
        if request.version:
            _ACCOUNTS.require_version(account, request.version)
        nonlocal regions
        regions = account.regions or regions_with_drs()
        registers = registers_of_account(account.account_id, regions)
        _require_unused(account, registers, "account")
        writes.delete_account(account, registers)

    removed = delete(_ACCOUNTS, request.account_id, write)
    forget_account(request.account_id, regions)
    return removed


def account_of(
    request: RegisterTargetAccount | UpdateTargetAccount, external_id: str, version: int, call: CallContext
) -> TargetAccount:
    """The account of a request, with the ARNs of its roles. Raises InvalidRequest with everything that is wrong."""
    roles = role_names(settings().stage)
    is_hub = request.account_id == call.hub.account_id
    read, operate = (
        given if is_hub or given.startswith("arn:") else role_arn(request.account_id, given or own, call.hub.partition)
        for given, own in zip((request.read_role, request.operate_role), roles, strict=True)
    )
    account = TargetAccount(
        account_id=request.account_id,
        name=plain_name(request.name),
        read_role_arn=read,
        operate_role_arn=operate,
        external_id=external_id,
        regions=request.regions,
        version=version,
        updated_at=call.now,
        updated_by=call.principal.name,
        updated_by_subject=call.principal.person,
    )
    problems = account_problems(
        account, hub_account_id=call.hub.account_id, roles=roles, known_regions=regions_with_drs()
    )
    require_no_problems([*name_problems(request.name), *problems])
    return account


def _require_unused(account: TargetAccount, registers: list[PlaceRegister], what: str) -> None:
    used = {register.place.region: sorted(register.groups) for register in registers if register.groups}
    if used:
        count = sum(map(len, used.values()))
        raise InUse(
            f"The {what} is in use: {count_of(count, 'protection group')} of the account '{account.name}' in "
            f"{', '.join(used)}. Nothing was changed. Delete the groups first.",
            groups=[group_id for groups in used.values() for group_id in groups],
        )
