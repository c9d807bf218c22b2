"""Writes target accounts, each with its entry in the list of accounts."""

from pynamodb.expressions.condition import Condition

from ....domain.estate.accounts import TargetAccount
from ...tables.configuration import ACCOUNTS, UniqueNameItem
from ...tables.estate import TARGET_ACCOUNTS, TargetAccountItem
from ...transactions import commit_all


def put_account(account: TargetAccount) -> None:
    """Registers an account, or replaces the registration with its number."""
    item = TARGET_ACCOUNTS.to_item(account)
    listed = UniqueNameItem(scope=ACCOUNTS, name_key=account.account_id, holder=account.account_id)
    commit_all(
        [
            lambda transaction: transaction.save(item, condition=_is_this_account(account.account_id)),
            lambda transaction: transaction.save(listed, condition=_is_free_or_of(account.account_id)),
        ]
    )


def _is_this_account(account_id: str) -> Condition:
    condition: Condition = TargetAccountItem.account_id.does_not_exist() | (TargetAccountItem.account_id == account_id)
    return condition


def _is_free_or_of(account_id: str) -> Condition:
    condition: Condition = UniqueNameItem.name_key.does_not_exist() | (UniqueNameItem.holder == account_id)
    return condition
