"""Adds and removes staging accounts of target accounts."""

from pynamodb.exceptions import DeleteError, PutError
from pynamodb.expressions.condition import Condition

from ....domain.estate.staging import StagingAccount
from ...failures import condition_failed
from ...tables.staging import STAGING_ACCOUNTS, StagingAccountItem


def add_staging_account(added: StagingAccount) -> bool:
    """Adds a staging account. False when it is one already, and nothing was written."""
    try:
        STAGING_ACCOUNTS.to_item(added).save(condition=_is_new())
    except PutError as error:
        if condition_failed(error):
            return False
        raise
    return True


def remove_staging_account(target_account_id: str, staging_account_id: str) -> bool:
    """Removes a staging account. False when another call has removed it."""
    item = StagingAccountItem(target_account_id=target_account_id, staging_account_id=staging_account_id)
    try:
        item.delete(condition=_is_there())
    except DeleteError as error:
        if condition_failed(error):
            return False
        raise
    return True


def _is_new() -> Condition:
    return StagingAccountItem.target_account_id.does_not_exist()


def _is_there() -> Condition:
    return StagingAccountItem.target_account_id.exists()
