"""Reads from DRS which staging accounts an account has, and which of their servers it can extend.

Errors of AWS are raised as CloudError or Unavailable, with account and Region.
"""

from ....domain.estate.accounts import Place, TargetAccount
from ....domain.estate.staging import ExtensibleServer
from ...asking import translated
from ...sessions import Access, client

SERVERS_PER_PAGE = 300
_DEFAULT_KEY = "DEFAULT"


def list_extensible_servers(account: TargetAccount, region: str, staging_account_id: str) -> list[ExtensibleServer]:
    """The servers of a staging account that are not extended into this account yet."""
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("list_extensible_source_servers")
        asked = {"stagingAccountID": staging_account_id, "PaginationConfig": {"PageSize": SERVERS_PER_PAGE}}
        return [
            ExtensibleServer(item["arn"], item.get("hostname") or item["arn"], item.get("tags", {}))
            for page in pages.paginate(**asked)
            for item in page.get("items", [])
        ]


def list_staging_account_ids(account: TargetAccount, region: str) -> list[str]:
    """The accounts that servers of this account are extended from."""
    place = Place(account.account_id, region)
    with translated(place):
        pages = client("drs", place, account, Access.READ).get_paginator("list_staging_accounts")
        return [item["accountID"] for page in pages.paginate() for item in page.get("accounts", [])]


def has_default_key(account: TargetAccount, region: str, server_id: str) -> bool:
    """Whether the volumes in a server's staging area are encrypted with the account's default key."""
    place = Place(account.account_id, region)
    with translated(place):
        drs = client("drs", place, account, Access.READ)
        found = drs.get_replication_configuration(sourceServerID=server_id)
    return bool(found.get("ebsEncryption", _DEFAULT_KEY) == _DEFAULT_KEY)
