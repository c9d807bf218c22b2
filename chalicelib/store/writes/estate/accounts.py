"""Writes target accounts, each with its name and its entry in the list of accounts in one transaction.

The writes raise ConditionFailed when another call has changed the account since it was read, when its name is taken, or
when another of their conditions does not hold. Then nothing has changed.
"""

from collections.abc import Iterable

from pynamodb.expressions.condition import Condition

from ....domain.estate.accounts import TargetAccount
from ....domain.estate.registers import PlaceRegister
from ....domain.text import name_key
from ...tables.configuration import ACCOUNT_NAMES, ACCOUNTS
from ...tables.estate import TARGET_ACCOUNTS, TargetAccountItem
from ...transactions import Write, commit_all
from .registers import registers_stay
from .unique_names import claim_name, release_name


def create_account(account: TargetAccount) -> None:
    """Registers an account, which must not be registered yet."""
    item = TARGET_ACCOUNTS.to_item(account)
    commit_all(
        [
            lambda transaction: transaction.save(item, condition=TargetAccountItem.account_id.does_not_exist()),
            claim_name(ACCOUNTS, account.account_id, account.account_id),
            _claim_name(account),
        ]
    )


def update_account(before: TargetAccount, after: TargetAccount, registers: Iterable[PlaceRegister]) -> None:
    """Replaces ``before``, which must be current, by ``after``. The registers must be as they were read."""
    item = TARGET_ACCOUNTS.to_item(after)
    writes: list[Write] = [
        lambda transaction: transaction.save(item, condition=_account_is_at(before.version)),
        *registers_stay(registers),
    ]
    if name_key(before.name) != name_key(after.name):
        writes += [_claim_name(after), release_name(ACCOUNT_NAMES, name_key(before.name), before.account_id)]
    commit_all(writes)


def delete_account(account: TargetAccount, registers: Iterable[PlaceRegister]) -> None:
    """Removes an account, which must be current. The registers must be as they were read."""
    item = TargetAccountItem(account_id=account.account_id)
    commit_all(
        [
            lambda transaction: transaction.delete(item, condition=_account_is_at(account.version)),
            release_name(ACCOUNTS, account.account_id, account.account_id),
            release_name(ACCOUNT_NAMES, name_key(account.name), account.account_id),
            *registers_stay(registers),
        ]
    )


def account_is_registered(account_id: str) -> Write:
    """A condition for the transactions that make something in the account."""
    condition = TargetAccountItem.account_id.exists()
    return lambda transaction: transaction.check(TargetAccountItem, account_id, condition=condition)


def _claim_name(account: TargetAccount) -> Write:
    return claim_name(ACCOUNT_NAMES, name_key(account.name), account.account_id)


def _account_is_at(version: int) -> Condition:
    return TargetAccountItem.version == version
