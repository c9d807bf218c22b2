"""Adds and removes staging accounts of target accounts."""

from pynamodb.exceptions import DeleteError
from pynamodb.expressions.condition import Condition

from ....domain.estate.staging import StagingAccount
from ...failures import condition_failed
from ...tables.staging import STAGING_ACCOUNTS, StagingAccountItem
from ...transactions import ConditionFailed, commit_all
from .accounts import account_is_registered


def add_staging_account(added: StagingAccount) -> bool:
    """Adds a staging account. False when it is one already or its target account is gone; then nothing was written."""
    item = STAGING_ACCOUNTS.to_item(added)
    try:
        commit_all(
            [
                lambda transaction: transaction.save(item, condition=_is_new()),
                account_is_registered(added.target_account_id),
            ]
        )
    except ConditionFailed:
        return False
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
