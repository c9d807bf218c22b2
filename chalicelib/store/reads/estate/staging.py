"""Reads the staging accounts of target accounts."""

from ....domain.errors import RecordNotFound
from ....domain.estate.staging import StagingAccount
from ....domain.pages import Page
from ....operations.declaration import PageRequest
from ...paging import read_page
from ...tables.staging import STAGING_ACCOUNTS, StagingAccountItem


def get_staging_account(target_account_id: str, staging_account_id: str) -> StagingAccount:
    """The staging account, read consistently. Raises RecordNotFound."""
    try:
        item = StagingAccountItem.get(target_account_id, staging_account_id, consistent_read=True)
    except StagingAccountItem.DoesNotExist:
        message = (
            f"Account '{staging_account_id}' is not a staging account of target account '{target_account_id}'. "
            "List its staging accounts to see those that are."
        )
        raise RecordNotFound(message, accountId=target_account_id, stagingAccountId=staging_account_id) from None
    return STAGING_ACCOUNTS.to_record(item)


def staging_accounts_of(target_account_id: str) -> list[StagingAccount]:
    """All staging accounts of a target account by number, read consistently."""
    items = StagingAccountItem.query(target_account_id, consistent_read=True)
    return [STAGING_ACCOUNTS.to_record(item) for item in items]


def list_staging_accounts(target_account_id: str, request: PageRequest) -> Page[StagingAccount]:
    """One page of the staging accounts of a target account by number."""
    return read_page(StagingAccountItem, target_account_id, request, STAGING_ACCOUNTS.to_record)


def all_staging_accounts() -> dict[str, list[StagingAccount]]:
    """The staging accounts of all target accounts that have any, by target account; one query."""
    found: dict[str, list[StagingAccount]] = {}
    for item in StagingAccountItem.by_kind.query("STAGING"):
        found.setdefault(item.target_account_id, []).append(STAGING_ACCOUNTS.to_record(item))
    return found
