"""Writes target accounts, each with its name and its entry in the list of accounts in one transaction.

The writes raise ConditionFailed when another call has changed the account since it was read, when its name is taken, or
when another of their conditions does not hold. Then nothing has changed.
"""

from collections.abc import Iterable

from pynamodb.expressions.condition import Condition

from ....domain.estate.accounts import ListedAccount, TargetAccount
from ....domain.estate.registers import PlaceRegister
from ....domain.text import name_key
from ...tables.configuration import ACCOUNT_NAMES, ACCOUNTS, UniqueNameItem
from ...tables.estate import TARGET_ACCOUNTS, TargetAccountItem
from ...transactions import Transaction, Write, commit_all, committed
from .registers import registers_stay
from .unique_names import claim_name, release_name


def create_account(account: TargetAccount) -> None:
    """Registers an account, which must not be registered yet."""
    item = TARGET_ACCOUNTS.to_item(account)
    commit_all(
        [
            lambda transaction: transaction.save(item, condition=TargetAccountItem.account_id.does_not_exist()),
            _list_new(account),
            _claim_name(account),
        ]
    )


def update_account(before: TargetAccount, after: TargetAccount, registers: Iterable[PlaceRegister]) -> None:
    """Replaces ``before``, which must be current, by ``after``. The registers must be as they were read."""
    item = TARGET_ACCOUNTS.to_item(after)
    writes: list[Write] = [
        lambda transaction: transaction.save(item, condition=_account_is_at(before.version)),
        _list_changed(after),
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


def complete_list(account: TargetAccount) -> bool:
    """Adds to the list of accounts what it shows of this one; False when another call has done it or removed it."""
    condition = (UniqueNameItem.holder == account.account_id) & UniqueNameItem.listed.does_not_exist()
    return committed(lambda transaction: _list(transaction, account, condition))


def account_is_registered(account_id: str) -> Write:
    """A condition for the transactions that make something in the account."""
    condition = TargetAccountItem.account_id.exists()
    return lambda transaction: transaction.check(TargetAccountItem, account_id, condition=condition)


def _list_new(account: TargetAccount) -> Write:
    key = account.account_id
    item = UniqueNameItem(scope=ACCOUNTS, name_key=key, holder=key, listed=ListedAccount.of(account))
    return lambda transaction: transaction.save(item, condition=UniqueNameItem.name_key.does_not_exist())


def _list_changed(account: TargetAccount) -> Write:
    condition = UniqueNameItem.holder == account.account_id
    return lambda transaction: _list(transaction, account, condition)


def _list(transaction: Transaction, account: TargetAccount, condition: Condition) -> None:
    item = UniqueNameItem(scope=ACCOUNTS, name_key=account.account_id)
    actions = [UniqueNameItem.listed.set(ListedAccount.of(account))]
    transaction.update(item, actions=actions, condition=condition)


def _claim_name(account: TargetAccount) -> Write:
    return claim_name(ACCOUNT_NAMES, name_key(account.name), account.account_id)


def _account_is_at(version: int) -> Condition:
    return TargetAccountItem.version == version
