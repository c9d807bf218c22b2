"""Operations on target accounts: the AWS accounts whose servers are protected."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from ..domain.access.permissions import Permission
from ..domain.estate.account_checks import AccountCheck
from ..domain.estate.accounts import Regions, RoleName, TargetAccount
from ..domain.limits import Id, Name, Version
from ..domain.pages import Page
from .declaration import Deleted, Nothing, Operation, PageRequest, Request, Side

Secret = Annotated[str, msgspec.Meta(max_length=128)]


class AccountId(Request, frozen=True, kw_only=True):
    account_id: Id


class RegisterTargetAccount(Request, frozen=True, kw_only=True):
    """Roles may be names or ARNs; left out, they are those that the stack of the account makes.

    ``externalId`` is the secret that was given to that stack. No Regions: all in which DRS is initialized.
    """

    account_id: Id
    name: Name
    read_role: RoleName = ""
    operate_role: RoleName = ""
    external_id: Secret = ""
    regions: Regions = ()


class UpdateTargetAccount(Request, frozen=True, kw_only=True):
    """The complete new content, except for ``externalId``, which stays as it is when it is left out."""

    account_id: Id
    name: Name
    read_role: RoleName = ""
    operate_role: RoleName = ""
    external_id: Secret | UnsetType = UNSET
    regions: Regions = ()
    version: Version


class RemoveTargetAccount(Request, frozen=True, kw_only=True):
    """``version`` is the version that was seen; 0 removes whichever there is."""

    account_id: Id
    version: Version = 0


class AccountView(msgspec.Struct, frozen=True, rename="camel"):
    """A target account as callers see it: never with its external id."""

    account_id: str
    name: str
    read_role_arn: str
    operate_role_arn: str
    has_external_id: bool
    regions: tuple[str, ...]
    version: int
    updated_at: datetime | None
    updated_by: str

    @classmethod
    def of(cls, account: TargetAccount) -> "AccountView":
        return cls(
            account_id=account.account_id,
            name=account.name,
            read_role_arn=account.read_role_arn,
            operate_role_arn=account.operate_role_arn,
            has_external_id=bool(account.external_id),
            regions=account.regions,
            version=account.version,
            updated_at=account.updated_at,
            updated_by=account.updated_by,
        )


class AccountValidation(msgspec.Struct, frozen=True, rename="camel"):
    """``usable`` says whether nothing was found that prevents reading and recovering the account's servers.

    ``notChecked`` lists what cannot be tried without changing something.
    """

    account_id: str
    usable: bool
    checked_at: datetime
    checks: tuple[AccountCheck, ...]
    not_checked: tuple[str, ...]


class CurrentAccount(msgspec.Struct, frozen=True, rename="camel"):
    """The account, Region and stage of the platform itself, and the roles that its stage may assume elsewhere."""

    account_id: str
    region: str
    partition: str
    stage: str
    read_role_name: str
    operate_role_name: str


_ACCOUNT: dict[str, Any] = {
    "accountId": "444455556666",
    "name": "Payments production",
    "externalId": "example-external-id-0001",
    "regions": ["us-east-1", "us-west-2"],
}

OPERATIONS = (
    Operation(
        name="get_current_account",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=Nothing,
        response=CurrentAccount,
        summary="The account of the platform itself, and the roles that it assumes in others.",
    ),
    Operation(
        name="list_target_accounts",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=PageRequest,
        response=Page[AccountView],
        summary="List target accounts by number.",
    ),
    Operation(
        name="get_target_account",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=AccountId,
        response=AccountView,
        summary="A target account.",
    ),
    Operation(
        name="register_target_account",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MANAGE_ACCOUNTS,
        request=RegisterTargetAccount,
        response=AccountView,
        summary="Register a target account.",
        status=201,
        shown_by="list_target_accounts",
        location="get_target_account",
        example=_ACCOUNT,
    ),
    Operation(
        name="update_target_account",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MANAGE_ACCOUNTS,
        request=UpdateTargetAccount,
        response=AccountView,
        summary="Replace the name, the roles or the Regions of a target account.",
        shown_by="get_target_account",
        example={name: value for name, value in _ACCOUNT.items() if name != "accountId"} | {"version": 1},
    ),
    Operation(
        name="remove_target_account",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MANAGE_ACCOUNTS,
        request=RemoveTargetAccount,
        response=Deleted,
        summary="Remove a target account that no protection group uses, and what the syncs keep of it.",
        shown_by="get_target_account",
    ),
    Operation(
        name="validate_target_account",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.VIEW,
        request=AccountId,
        response=AccountValidation,
        summary="Assume both roles of a target account and try DRS and EC2 in each of its Regions.",
        shown_by="get_target_account",
    ),
)
