"""Staging accounts of target accounts in an import."""

from collections.abc import Iterator, Sequence

from ...domain.access.context import CallContext
from ...domain.errors import FieldProblem
from ...domain.estate.configuration import StagingAccountEntry, normal_staging_account, staging_account_entry
from ...domain.estate.staging import staging_account_problems
from ...domain.plans.configuration import ConfigurationDocument
from ...domain.text import name_problems
from ...operations.staging import AddStagingAccount
from ...store.reads.estate.staging import all_staging_accounts
from ..importing import Change
from .account_import import AccountImport
from .staging_accounts import add_staging_account


class StagingAccountImport:
    """The staging accounts of a document, which are added to target accounts. Costs one query of all of them."""

    field = "stagingAccounts"

    def __init__(self, document: ConfigurationDocument, call: CallContext, accounts: AccountImport) -> None:
        self._entries = [normal_staging_account(entry) for entry in document.staging_accounts]
        self._call, self._accounts = call, accounts
        stored = (staging_account_entry(each) for found in all_staging_accounts().values() for each in found)
        self._here = {entry.key: entry for entry in stored}

    def problems(self) -> list[FieldProblem]:
        return [
            FieldProblem(f"stagingAccounts[{index}].{problem.field}", problem.message)
            for index, entry in enumerate(self._entries)
            for problem in self._entry_problems(entry)
        ]

    def changes(self) -> Sequence[Change]:
        return [self._change(index, entry) for index, entry in enumerate(self._entries)]

    def ids_only_here(self) -> list[str]:
        named = {entry.key for entry in self._entries}
        return sorted("/".join(key) for key in self._here if key not in named)

    def names_of(self, record_ids: Sequence[str]) -> list[str]:
        return list(record_ids)

    def _entry_problems(self, entry: StagingAccountEntry) -> Iterator[FieldProblem]:
        if entry.account_id not in self._accounts.wanted:
            problem = f"target account '{entry.account_id}' is not registered; register it first, or add it to accounts"
            yield FieldProblem("accountId", problem)
        yield from staging_account_problems(entry.account_id, entry.staging_account_id)
        yield from name_problems(entry.name) if entry.name else ()
        here = self._here.get(entry.key)
        if here and here.name != entry.name:
            problem = (
                f"is '{here.name or here.staging_account_id}' here, which an import cannot change; remove the staging "
                "account and import again (its servers stay extended), or give it this name"
            )
            yield FieldProblem("name", problem)

    def _change(self, index: int, entry: StagingAccountEntry) -> Change:
        here = self._here.get(entry.key)

        def add(request: AddStagingAccount) -> str:
            return add_staging_account(request, self._call).staging_account_id

        return Change(
            field=f"stagingAccounts[{index}]",
            name="/".join(entry.key),
            record_id=entry.staging_account_id if here else "",
            before=here,
            after=entry,
            operation="add_staging_account",
            request=lambda: AddStagingAccount(
                account_id=entry.account_id, staging_account_id=entry.staging_account_id, name=entry.name
            ),
            run=add,
        )
