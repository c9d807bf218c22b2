"""Imports a document: all its mistakes at once and then nothing, or each of its entries by itself."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ...domain.access.context import CallContext
from ...domain.access.permissions import InvocationMode
from ...domain.errors import FieldProblem, require_no_problems
from ...domain.plans.configuration import ConfigurationDocument, document_problems, with_plain_names
from ...operations.configuration import ImportConfiguration, ImportedItem, ImportReport, OnlyHere
from ..estate.account_import import AccountImport
from ..estate.group_import import GroupImport
from ..estate.server_settings_import import ServerSettingsImport
from ..estate.settings_import import SettingsImport
from ..estate.staging_import import StagingAccountImport
from ..importing import KindOfImport, carry_out, preview, without_excess
from .plan_import import PlanImport

_REST_TIME = timedelta(seconds=15)
"""How long entries are started in a call by REST, which waits for 24 seconds for its answer."""

_LAST_ENTRY = timedelta(seconds=30)
"""What is left of any other call for the entry that was started last."""

_SHOWN_NAMES = 100


def import_configuration(request: ImportConfiguration, call: CallContext) -> ImportReport:
    """Creates and updates what a document describes; deletes nothing.

    Mistakes of the document are found first, and then nothing is imported. After that each entry succeeds or fails by
    itself; an entry that did not change is not written. Raises InvalidRequest.
    """
    ends = _last_start(call)
    document = with_plain_names(request.document)
    kinds = _kinds(document, call, request.external_ids)
    problems = document_problems(document) or [problem for kind in kinds for problem in kind.problems()]
    require_no_problems(
        [
            *_unused_external_ids(request.external_ids, document),
            *(FieldProblem(f"document.{problem.field}", problem.message) for problem in problems),
        ]
    )
    items: list[ImportedItem] = []
    for kind in kinds:
        changes = kind.changes()
        if request.dry_run:
            items += preview(changes, call)
        else:
            items += carry_out(changes, call, lambda: call.now < ends)
    return ImportReport(
        dry_run=request.dry_run,
        counts=dict(Counter(item.outcome for item in items)),
        items=tuple(without_excess(items)),
        only_here={kind.field: _only_here(kind) for kind in kinds},
    )


def _kinds(
    document: ConfigurationDocument, call: CallContext, external_ids: Mapping[str, str]
) -> Sequence[KindOfImport]:
    """The kinds of records that a document may have, in the order in which they are saved.

    Each may refer to those before it.
    """
    accounts = AccountImport(document, call, external_ids)
    groups = GroupImport(document, call, accounts)
    return [
        accounts,
        StagingAccountImport(document, call, accounts),
        SettingsImport(document, call),
        groups,
        ServerSettingsImport(document, call, groups),
        PlanImport(document, call, groups),
    ]


def _unused_external_ids(external_ids: Mapping[str, str], document: ConfigurationDocument) -> list[FieldProblem]:
    """External ids of accounts that the document does not have, which a mistyped number would lose."""
    known = {account.account_id for account in document.accounts}
    problem = "is not an account of the document; add it to accounts, or leave it out"
    return [FieldProblem(f"externalIds.{each}", problem) for each in sorted(set(external_ids) - known)]


def _last_start(call: CallContext) -> datetime:
    """The time after which no further entry is started."""
    in_time = call.deadline - _LAST_ENTRY
    return min(in_time, call.now + _REST_TIME) if call.mode is InvocationMode.API_GATEWAY else in_time


def _only_here(kind: KindOfImport) -> OnlyHere:
    ids = kind.ids_only_here()
    return OnlyHere(len(ids), tuple(sorted(kind.names_of(ids[:_SHOWN_NAMES]))))
