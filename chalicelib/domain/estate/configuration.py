"""Target accounts, staging accounts, settings and launch settings of servers as entries of a configuration document.

An entry has one normal form, and no secret: the external id of an account is in no document.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from ..errors import FieldProblem
from ..limits import Id, Name
from ..plans.outgoing import OUTGOING, OutgoingHosts
from ..text import plain_name
from .accounts import Regions, RoleName, TargetAccount
from .launch_settings import LAUNCH_DEFAULTS, LaunchSettings
from .staging import StagingAccount
from .tag_sync import TAG_SYNC, TagSyncSettings


class AccountEntry(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A target account, known by its number. ``hasExternalId`` says that it has an external id, and never which one.

    Without roles it has those that the stack of ``infrastructure/target-account.yaml`` makes for the stage.
    ``refused_fields`` are those that callers of the API know, with the reason why a document does not have them.
    """

    refused_fields: ClassVar[Mapping[str, str]] = {
        "externalId": (
            "is a secret, which no document has; remove it from the file and from its history, and give it beside the "
            "document in externalIds, by account number"
        ),
    }

    account_id: Id
    name: Name
    has_external_id: bool = False
    read_role: RoleName = ""
    operate_role: RoleName = ""
    regions: Regions = ()


class StagingAccountEntry(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A staging account of a target account. Its name is its number if it has no other."""

    account_id: Id
    staging_account_id: Id
    name: Annotated[str, msgspec.Meta(max_length=64)] = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.account_id, self.staging_account_id


class SettingsEntry(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Settings of the installation. One that is left out stays as it is."""

    launch_defaults: LaunchSettings | UnsetType = UNSET
    tag_sync: TagSyncSettings | UnsetType = UNSET
    outgoing_hosts: OutgoingHosts | UnsetType = UNSET


class ServerSettingsEntry(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A server's own launch settings in its protection group. ``server`` is its id or its hostname."""

    group: Name = msgspec.field(name="protectionGroup")
    server: Id
    settings: LaunchSettings


SETTINGS: Mapping[str, tuple[str, msgspec.Struct]] = {
    "launch_defaults": (LAUNCH_DEFAULTS, LaunchSettings()),
    "tag_sync": (TAG_SYNC, TagSyncSettings()),
    "outgoing_hosts": (OUTGOING, OutgoingHosts()),
}
"""The fields of SettingsEntry, each with the name of the stored setting and its default."""


def account_entry(account: TargetAccount, own_roles: tuple[str, str]) -> AccountEntry:
    """The entry of an account, in normal form; ``own_roles`` are the ARNs that it has if none are given."""
    read, operate = account.read_role_arn, account.operate_role_arn
    return AccountEntry(
        account_id=account.account_id,
        name=account.name,
        has_external_id=bool(account.external_id),
        read_role="" if read == own_roles[0] else read,
        operate_role="" if operate == own_roles[1] else operate,
        regions=tuple(sorted(account.regions)),
    )


def staging_account_entry(account: StagingAccount) -> StagingAccountEntry:
    """The entry of a staging account, in normal form."""
    entry = StagingAccountEntry(
        account_id=account.target_account_id, staging_account_id=account.staging_account_id, name=account.name
    )
    return normal_staging_account(entry)


def normal_staging_account(entry: StagingAccountEntry) -> StagingAccountEntry:
    """The normal form of an entry, in which a name that is the number is left out."""
    name = plain_name(entry.name)
    return msgspec.structs.replace(entry, name="" if name == entry.staging_account_id else name)


def account_problems_of(accounts: tuple[AccountEntry, ...]) -> list[FieldProblem]:
    """Accounts that are there twice. Their other rules are those of each entry."""
    first: dict[str, int] = {}
    problems = []
    for index, account in enumerate(accounts):
        at = first.setdefault(account.account_id, index)
        if at != index:
            problems.append(FieldProblem(f"accounts[{index}].accountId", f"accounts[{at}] is the same account"))
    return problems


def staging_account_problems_of(accounts: tuple[StagingAccountEntry, ...]) -> list[FieldProblem]:
    """Staging accounts that are there twice for one target account."""
    first: dict[tuple[str, str], int] = {}
    problems = []
    for index, account in enumerate(accounts):
        at = first.setdefault(account.key, index)
        if at != index:
            problem = f"stagingAccounts[{at}] is the same account for the same target account"
            problems.append(FieldProblem(f"stagingAccounts[{index}].stagingAccountId", problem))
    return problems
