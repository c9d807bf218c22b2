"""Target accounts, and the account of the platform itself."""

from ..domain.access.context import CallContext
from ..domain.estate.accounts import role_names
from ..domain.pages import Page
from ..operations.accounts import AccountId, AccountView, CurrentAccount
from ..operations.declaration import Nothing, PageRequest
from ..settings import settings
from ..store.reads.estate.accounts import get_account, page_of_accounts


def list_target_accounts(request: PageRequest, _: CallContext) -> Page[AccountView]:
    """One page of the accounts by number."""
    page = page_of_accounts(request)
    return Page([AccountView.of(account) for account in page.items], page.next_cursor)


def get_target_account(request: AccountId, _: CallContext) -> AccountView:
    """The account. Raises RecordNotFound."""
    return AccountView.of(get_account(request.account_id))


def get_current_account(_: Nothing, call: CallContext) -> CurrentAccount:
    """The platform's own account, Region and stage."""
    stage = settings().stage
    return CurrentAccount(call.hub.account_id, call.hub.region, call.hub.partition, stage, *role_names(stage))
