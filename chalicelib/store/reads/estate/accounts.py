"""Reads target accounts. Their external ids are secrets and must not be in any answer."""

from collections.abc import Iterable

from ....domain.estate.accounts import TargetAccount
from ...by_id import ById
from ...tables.configuration import ACCOUNTS
from ...tables.estate import TARGET_ACCOUNTS
from .unique_names import list_keys

_BY_ID = ById(
    TARGET_ACCOUNTS,
    key="account_id",
    field="accountId",
    missing="There is no target account '{}'. Check the number, or register the account first.",
)


def find_account(account_id: str) -> TargetAccount | None:
    """The account, read consistently; None when there is none."""
    return _BY_ID.find(account_id)


def get_account(account_id: str) -> TargetAccount:
    """The account, read consistently. Raises RecordNotFound."""
    return _BY_ID.get(account_id)


def find_accounts(account_ids: Iterable[str]) -> dict[str, TargetAccount]:
    """The accounts with these ids that are registered, by id, read consistently; 100 ids a request.

    Looking up one of the others raises RecordNotFound, which counts as a failure of its place alone.
    """
    return _BY_ID.find_all(account_ids)


def list_accounts() -> list[TargetAccount]:
    """All target accounts by number. The table has no index, so their numbers are listed as unique names."""
    found = find_accounts(list_keys(ACCOUNTS))
    return [found[account_id] for account_id in sorted(found)]
