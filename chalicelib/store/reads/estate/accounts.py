"""Reads target accounts. Their external ids are secrets and must not be in any answer."""

from collections.abc import Iterable

from ....domain.estate.accounts import ListedAccount, TargetAccount
from ....domain.pages import Page
from ....domain.text import name_key
from ....operations.declaration import PageRequest
from ...by_id import ById
from ...paging import read_page
from ...tables.configuration import ACCOUNT_NAMES, ACCOUNTS, UniqueNameItem
from ...tables.estate import TARGET_ACCOUNTS, TargetAccountItem
from .unique_names import find_holder, list_keys

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


def accounts_of_items(items: Iterable[TargetAccountItem]) -> dict[str, TargetAccount]:
    """The accounts of items that were read with others, as ``find_accounts`` returns them."""
    return _BY_ID.found(items)


def find_holder_of_account_name(name: str) -> str | None:
    """The number of the account with this name, read consistently."""
    return find_holder(ACCOUNT_NAMES, name_key(name))


def page_of_accounts(request: PageRequest) -> Page[TargetAccount]:
    """One page of the accounts by number."""
    page = read_page(UniqueNameItem, ACCOUNTS, request, lambda item: str(item.name_key))
    found = find_accounts(page.items)
    return Page([found[account_id] for account_id in page.items if account_id in found], page.next_cursor)


def page_of_listed(request: PageRequest) -> Page[ListedAccount]:
    """One page of what lists show of accounts, by number. Costs one query.

    An account that was saved before this was kept beside its number costs one request more, until the next sync of the
    inventory adds it.
    """
    page = read_page(UniqueNameItem, ACCOUNTS, request, _listed)
    read = find_accounts(account.account_id for account in page.items if not account.name)
    known = {account_id: ListedAccount.of(account) for account_id, account in read.items()}
    shown = (known.get(account.account_id, account) for account in page.items)
    return Page([account for account in shown if account.name], page.next_cursor)


def unlisted_account_ids() -> list[str]:
    """The numbers of the accounts of which the list does not have what it shows. Costs one query."""
    listed = map(_listed, UniqueNameItem.query(ACCOUNTS, consistent_read=True))
    return [account.account_id for account in listed if not account.name]


def _listed(item: UniqueNameItem) -> ListedAccount:
    """What is kept beside the number of an account; without a name if nothing is."""
    nothing = ListedAccount(str(item.name_key), "", ())
    kept: ListedAccount = item.attribute_values.get("listed", nothing)
    return kept


def list_account_ids() -> list[str]:
    """The numbers of all target accounts. The table has no index, so they are listed as unique names."""
    return list_keys(ACCOUNTS)


def list_accounts() -> list[TargetAccount]:
    """All target accounts by number."""
    found = find_accounts(list_account_ids())
    return [found[account_id] for account_id in sorted(found)]
