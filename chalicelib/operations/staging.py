"""Operations on staging accounts, capacity and quotas."""

from enum import StrEnum
from typing import Annotated, Any

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.capacity import AccountCapacity, Level, PlaceCapacity, QuotaName, Usage
from ..domain.estate.inventory import RegionState
from ..domain.estate.staging import ExtensionResult, StagingAccount
from ..domain.limits import Id
from ..domain.pages import Page
from .declaration import Nothing, Operation, PageRequest, Request, Side
from .estate import SyncResult


class ListStagingAccounts(PageRequest, frozen=True, kw_only=True):
    account_id: Id


class TargetAccountId(Request, frozen=True, kw_only=True):
    account_id: Id


class AddStagingAccount(Request, frozen=True, kw_only=True):
    """``name`` is for people; without one the account's number is shown."""

    account_id: Id
    staging_account_id: Id
    name: Annotated[str, msgspec.Meta(max_length=64)] = ""


class StagingAccountId(Request, frozen=True, kw_only=True):
    account_id: Id
    staging_account_id: Id


class PlaceRequest(Request, frozen=True, kw_only=True):
    account_id: Id
    region: Id


class RemovedStagingAccount(msgspec.Struct, frozen=True, rename="camel"):
    """``extendedServers`` stay in the target account: they can be recovered, but servers that are new are not extended.

    The number is that of the last sync of the inventory.
    """

    account_id: str
    staging_account_id: str
    extended_servers: int


class DiscoveredStagingAccount(msgspec.Struct, frozen=True, rename="camel"):
    """An account that servers of the target account replicate into; ``added`` if it is registered as such.

    ``extendedServers`` by Region, as the last sync of the inventory counted them.
    """

    staging_account_id: str
    name: str
    added: bool
    regions: tuple[str, ...]
    extended_servers: dict[str, int]


class StagingDiscovery(msgspec.Struct, frozen=True, rename="camel"):
    """``problems`` name the Regions that could not be read, with the reason."""

    items: list[DiscoveredStagingAccount]
    problems: tuple[str, ...]


class StagingCheck(StrEnum):
    """OK, ACTION_NEEDED with a remedy, or NOT_CHECKED with the reason."""

    OK = "OK"
    ACTION_NEEDED = "ACTION_NEEDED"
    NOT_CHECKED = "NOT_CHECKED"


class RegionCheck(msgspec.Struct, frozen=True, rename="camel"):
    """Whether servers of the staging account can be extended in one Region.

    ``extensible`` servers are not extended yet. ``withDefaultKey`` are those of them whose staging volumes have the
    account's default key.
    """

    region: str
    check: StagingCheck
    state: RegionState
    reason: str = ""
    remedy: str = ""
    extensible: int = 0
    extended: int = 0
    with_default_key: tuple[str, ...] = ()
    keys_checked: bool = False


class StagingValidation(msgspec.Struct, frozen=True, rename="camel"):
    """``check`` is the worst of the Regions. ``keys`` says what DRS demands of encryption keys."""

    account_id: str
    staging_account_id: str
    check: StagingCheck
    regions: list[RegionCheck]
    keys: str


class StagingSync(msgspec.Struct, frozen=True, rename="camel"):
    """What a sync of one target account did, by Region and staging account."""

    account_id: str
    outcome: str
    extended: int
    left: int
    items: list[ExtensionResult]


class StagingCapacity(msgspec.Struct, frozen=True, rename="camel"):
    """A staging account of a target account.

    ``extendedServers`` are those that the target account has from it. ``account`` is its own capacity, null if it is
    not registered as a target account too, because then nothing but the target account can be read.
    """

    staging_account_id: str
    name: str
    extended_servers: int
    account: AccountCapacity | None


class CapacityDetail(msgspec.Struct, frozen=True, rename="camel"):
    """The capacity of a target account by Region, and of its staging accounts.

    ``withStaging`` are the sums over the account and those of its staging accounts that are registered.
    """

    account: AccountCapacity
    places: list[PlaceCapacity]
    staging: list[StagingCapacity]
    with_staging: tuple[Usage, ...]


class CombinedCapacity(msgspec.Struct, frozen=True, rename="camel"):
    """The capacity of all target accounts, those nearest to a limit first.

    Jobs are not in it, because they change by the minute and each Region has to be asked for them: ask for one account.
    """

    level: Level
    usages: tuple[Usage, ...]
    accounts: list[AccountCapacity]


class QuotaUse(msgspec.Struct, frozen=True, rename="camel"):
    """A quota of an account and Region; ``limit`` is the one that applies there, ``published`` AWS's default.

    ``usage`` is null where there is nothing to count (servers of one job), or where it is not known.
    """

    quota: QuotaName
    code: str
    published: int
    limit: int
    usage: Usage | None


class PlaceQuotas(msgspec.Struct, frozen=True, rename="camel"):
    """``problems`` say what could not be read; published values are shown in its place."""

    account_id: str
    region: str
    items: list[QuotaUse]
    problems: tuple[str, ...]


_STAGING: dict[str, Any] = {"stagingAccountId": "444455556666", "name": "Shop staging 1"}

OPERATIONS = (
    Operation(
        name="list_staging_accounts",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListStagingAccounts,
        response=Page[StagingAccount],
        summary="The staging accounts of a target account.",
    ),
    Operation(
        name="discover_staging_accounts",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=TargetAccountId,
        response=StagingDiscovery,
        summary="The accounts that a target account's servers replicate into, as DRS names them.",
    ),
    Operation(
        name="validate_staging_account",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=StagingAccountId,
        response=StagingValidation,
        summary="Whether servers of a staging account can be extended, by Region; it need not be added yet.",
    ),
    Operation(
        name="add_staging_account",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MANAGE_ACCOUNTS,
        request=AddStagingAccount,
        response=StagingAccount,
        summary="Add a staging account; its servers are extended from the next sync on.",
        status=201,
        shown_by="list_staging_accounts",
        location="list_staging_accounts",
        example=_STAGING,
    ),
    Operation(
        name="remove_staging_account",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MANAGE_ACCOUNTS,
        request=StagingAccountId,
        response=RemovedStagingAccount,
        summary="Remove a staging account. Extended source servers stay in the target account.",
        shown_by="list_staging_accounts",
    ),
    Operation(
        name="sync_staging_accounts",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.RUN_SYNCS,
        request=TargetAccountId,
        response=StagingSync,
        summary="Extend the servers of a target account's staging accounts now; the answer has a result for each.",
        shown_by="discover_staging_accounts",
    ),
    Operation(
        name="handle_sync_staging_accounts",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.RUN_SYNCS,
        request=Nothing,
        response=SyncResult,
        summary="Extend the servers of all staging accounts. Runs every 15 minutes by schedule.",
    ),
    Operation(
        name="get_capacity",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=TargetAccountId,
        response=CapacityDetail,
        summary="How much of DRS's quotas an account uses, by Region and with its staging accounts.",
    ),
    Operation(
        name="get_combined_capacity",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=Nothing,
        response=CombinedCapacity,
        summary="How much of DRS's quotas all target accounts use, those nearest to a limit first.",
    ),
    Operation(
        name="get_quotas",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=PlaceRequest,
        response=PlaceQuotas,
        summary="DRS's quotas in an account and Region as they apply there, and their use.",
    ),
)
