"""Target accounts in an import. Their external ids are not in the document, so registered accounts keep theirs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ...domain.access.context import CallContext
from ...domain.errors import FieldProblem, InvalidRequest
from ...domain.estate.accounts import TargetAccount, own_role_arns
from ...domain.estate.configuration import AccountEntry, account_entry
from ...domain.plans.configuration import ConfigurationDocument
from ...operations.accounts import RegisterTargetAccount, UpdateTargetAccount
from ...settings import settings
from ...store.reads.estate.accounts import find_accounts, list_account_ids
from ..importing import Change
from .accounts import account_of, register_target_account, update_target_account


class AccountImport:
    """The accounts of a document. ``wanted`` are those that the document names anywhere, as it makes them.

    ``external_ids`` by account number are for accounts that are not registered yet. Costs one query of all numbers and
    the accounts that the document names.
    """

    field = "accounts"

    def __init__(self, document: ConfigurationDocument, call: CallContext, external_ids: Mapping[str, str]) -> None:
        self._entries, self._call, self._external_ids = document.accounts, call, external_ids
        named = {entry.account_id for entry in document.accounts}
        named |= {entry.account_id for entry in document.staging_accounts}
        named |= {entry.account_id for entry in document.groups}
        self._here = find_accounts(named)
        self.wanted: dict[str, TargetAccount] = dict(self._here)
        self._problems = [
            FieldProblem(f"accounts[{index}].{problem.field}", problem.message)
            for index, entry in enumerate(self._entries)
            for problem in self._take(entry)
        ]

    def problems(self) -> list[FieldProblem]:
        return self._problems

    def changes(self) -> Sequence[Change]:
        return [self._change(index, entry) for index, entry in enumerate(self._entries)]

    def ids_only_here(self) -> list[str]:
        return sorted(set(list_account_ids()) - {entry.account_id for entry in self._entries})

    def names_of(self, record_ids: Sequence[str]) -> list[str]:
        return [f"{account.account_id} {account.name}" for account in find_accounts(record_ids).values()]

    def _take(self, entry: AccountEntry) -> Iterator[FieldProblem]:
        """Adds the account of an entry to ``wanted``, or yields what is wrong with it."""
        here, is_hub = self._here.get(entry.account_id), entry.account_id == self._call.hub.account_id
        if is_hub and entry.has_external_id:
            problem = "must be left out: this is the account of the platform itself, which has no external id"
            yield FieldProblem("hasExternalId", problem)
        secret = here.external_id if here else self._external_ids.get(entry.account_id, "")
        try:
            account = account_of(
                RegisterTargetAccount(**_fields(entry)), secret, here.version if here else 1, self._call
            )
        except InvalidRequest as refused:
            yield from (_located(problem, entry.account_id) for problem in refused.problems)
        else:
            self.wanted[entry.account_id] = account

    def _change(self, index: int, entry: AccountEntry) -> Change:
        here = self._here.get(entry.account_id)

        def register(request: RegisterTargetAccount) -> str:
            return register_target_account(request, self._call).account_id

        def update(request: UpdateTargetAccount) -> str:
            return update_target_account(request, self._call).account_id

        act: dict[str, Any]
        if here is None:
            secret = self._external_ids.get(entry.account_id, "")
            act = {"request": lambda: RegisterTargetAccount(**_fields(entry), external_id=secret), "run": register}
        else:
            version = here.version
            act = {"request": lambda: UpdateTargetAccount(**_fields(entry), version=version), "run": update}
        return Change(
            field=f"accounts[{index}]",
            name=entry.name,
            record_id=entry.account_id if here else "",
            before=self._normal(here) if here else None,
            after=self._normal(self.wanted[entry.account_id]),
            operation="update_target_account" if here else "register_target_account",
            **act,
        )

    def _normal(self, account: TargetAccount) -> AccountEntry:
        return account_entry(account, own_role_arns(account.account_id, self._call.hub, settings().stage))


def _fields(entry: AccountEntry) -> dict[str, Any]:
    fields = msgspec.structs.asdict(entry)
    del fields["has_external_id"]
    return fields


def _located(problem: FieldProblem, account_id: str) -> FieldProblem:
    """The problem of an account with the field of its entry, which has no external id."""
    if problem.field != "externalId":
        return problem
    what = (
        "is not registered here, and a document never has the external id that this needs (16 to 128 characters); "
        f"register the account first (POST /accounts/targets), or give its external id beside the document in "
        f"externalIds.{account_id}, and import again"
    )
    return FieldProblem("accountId", what)
