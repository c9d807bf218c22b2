"""Reads target accounts. Their external ids are secrets and must not be in any answer."""

from collections.abc import Iterable

from ....domain.errors import RecordNotFound
from ....domain.estate.accounts import TargetAccount
from ....domain.estate.unique_claims import ACCOUNTS
from ...tables.estate import TARGET_ACCOUNTS, TargetAccountItem
from .unique_claims import list_keys


def find_account(account_id: str) -> TargetAccount | None:
    """The account, read consistently; None when it is not registered."""
    return find_accounts([account_id]).get(account_id)


def get_account(account_id: str) -> TargetAccount:
    """The account, read consistently. Raises RecordNotFound."""
    return find_accounts([account_id])[account_id]


def find_accounts(account_ids: Iterable[str]) -> dict[str, TargetAccount]:
    """The accounts with these ids that are registered, by id, read consistently; 100 ids a request.

    Looking up one of the others raises RecordNotFound, which counts as a failure of its place alone.
    """
    items = TargetAccountItem.batch_get(
        dict.fromkeys(account_id for account_id in account_ids if account_id), consistent_read=True
    )
    return _Accounts({item.account_id: TARGET_ACCOUNTS.to_record(item) for item in items})


def list_accounts() -> list[TargetAccount]:
    """All target accounts by number. The table has no index, so their numbers are listed as unique names."""
    found = find_accounts(list_keys(ACCOUNTS))
    return [found[account_id] for account_id in sorted(found)]


class _Accounts(dict[str, TargetAccount]):
    """Accounts by id."""

    def __missing__(self, account_id: str) -> TargetAccount:
        message = f"There is no target account '{account_id}'. Check the number, or register the account first."
        raise RecordNotFound(message, accountId=account_id)
