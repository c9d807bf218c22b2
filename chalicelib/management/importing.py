"""The frame of an import: what each kind of record offers, and how its changes are carried out one by one.

Each change is a call of the function that serves the same operation by itself, with its permission and its own audit
entry. So an import can do nothing that its caller could not do without it.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from ..aws.failures import cloud_error_of
from ..domain.access.audit import AuditEntry, begun_entry
from ..domain.access.context import CallContext
from ..domain.access.permissions import Verdict, judge
from ..domain.errors import (
    DomainError,
    FieldProblem,
    InUse,
    InvalidRequest,
    NameTaken,
    NotPermitted,
    Unavailable,
    cut,
)
from ..domain.limits import sent_bytes
from ..domain.plans.differences import differences
from ..ids import new_entry_id
from ..logs import logger
from ..operations.configuration import ImportAction, ImportedItem, ImportOutcome
from ..operations.table import OPERATIONS
from ..store.audit import append_entry, close_entry
from ..store.failures import store_error_of

MOST_DIFFERENCES = 20
"""The most differences of one entry that are listed."""

MOST_DETAIL_BYTES = 1_500_000
"""The most bytes of differences and problems in a report, which has thousands of items and must stay below 6 MB."""

_SHORT_REASON = 100


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry means for the record with its name.

    ``before`` and ``after`` are entries in normal form; ``before`` is None when there is no record. ``request`` makes
    the request of ``operation`` when it is this entry's turn, and ``run`` serves it and returns the record's id.
    """

    field: str
    name: str
    record_id: str
    before: msgspec.Struct | None
    after: msgspec.Struct
    operation: str
    request: Callable[[], Any]
    run: Callable[[Any], str]
    located: Callable[[str], str] = str
    """The field of the entry for a field of the request."""

    @property
    def action(self) -> ImportAction:
        if self.before is None:
            return ImportAction.CREATE
        return ImportAction.NONE if self.before == self.after else ImportAction.UPDATE


class KindOfImport(Protocol):
    """One kind of record in a document, with what the installation has of it."""

    field: str

    def problems(self) -> list[FieldProblem]:
        """Everything wrong with the entries; nothing is imported when there is any."""

    def changes(self) -> Sequence[Change]:
        """The entries in the order of the document, compared with the records here."""

    def ids_only_here(self) -> list[str]:
        """The ids of the records that the document does not have."""

    def names_of(self, record_ids: Sequence[str]) -> list[str]:
        """The names of records."""


def preview(changes: Sequence[Change], call: CallContext) -> list[ImportedItem]:
    """What carrying out the changes would do. Writes nothing."""
    return [_previewed(change, call) for change in changes]


def carry_out(changes: Sequence[Change], call: CallContext, may_go_on: Callable[[], bool]) -> list[ImportedItem]:
    """Carries out the changes in their order; one that fails does not stop the others.

    A change that needs a server or a name which another record still has is tried once more after the others, which may
    free it.
    """
    results = [_result(change, call, may_go_on) for change in changes]
    for index, result in enumerate(results):
        if result.code in {InUse.__name__, NameTaken.__name__}:
            results[index] = _result(changes[index], call, may_go_on, otherwise=result)
    return results


def without_excess(items: Sequence[ImportedItem]) -> list[ImportedItem]:
    """The items, of which the last ones have neither differences nor problems if there are too many in all of them."""
    kept, room = [], MOST_DETAIL_BYTES
    for item in items:
        room -= sent_bytes([item.differences, item.problems, item.reason])
        kept.append(item if room >= 0 else _shortened(item))
    return kept


def _shortened(item: ImportedItem) -> ImportedItem:
    more = item.more_differences + len(item.differences)
    reason = cut(item.reason, _SHORT_REASON)
    return msgspec.structs.replace(item, differences=(), more_differences=more, problems=(), reason=reason)


def _previewed(change: Change, call: CallContext) -> ImportedItem:
    if change.action is ImportAction.NONE:
        return _item(change, ImportOutcome.UNCHANGED)
    verdict = _verdict(change, call)
    if not verdict.allowed:
        return _failed(change, NotPermitted(verdict.reason))
    return _item(change, ImportOutcome.PLANNED)


def _result(
    change: Change, call: CallContext, may_go_on: Callable[[], bool], otherwise: ImportedItem | None = None
) -> ImportedItem:
    if change.action is ImportAction.NONE:
        return _item(change, ImportOutcome.UNCHANGED)
    if not may_go_on():
        return otherwise or _item(change, ImportOutcome.NOT_REACHED)
    try:
        record_id = _audited(change, call)
    except Exception as error:  # noqa: BLE001 — one entry that fails must not take the others with it
        return _failed(change, _known(error))
    return msgspec.structs.replace(_item(change, ImportOutcome.DONE), record_id=record_id)


def _audited(change: Change, call: CallContext) -> str:
    """Carries out one change with an audit entry of its own, which is written before anything happens."""
    verdict, request, started = _verdict(change, call), change.request(), time.monotonic()
    operation, body = OPERATIONS[change.operation], msgspec.to_builtins(request)
    entry = begun_entry(new_entry_id(), operation.name, operation.side, operation.permission, verdict, body, call)
    try:
        append_entry(entry)
    except Unavailable as error:
        reason = "The audit log cannot be written, so nothing was done. Repeat the import in a few seconds."
        raise Unavailable(reason, **error.details) from error
    status, code = operation.status, ""
    try:
        if not verdict.allowed:
            raise NotPermitted(verdict.reason)
        return change.run(request)
    except Exception as error:
        known = _known(error)
        status, code = known.status, known.code
        raise known from error
    finally:
        _close(entry, status, code, round((time.monotonic() - started) * 1000))


def _close(entry: AuditEntry, status: int, code: str, duration_ms: int) -> None:
    try:
        close_entry(msgspec.structs.replace(entry, status_code=status, error_code=code, duration_ms=duration_ms))
    except DomainError:
        logger.exception("audit entry not closed", extra={"operation": entry.operation, "status": status})


def _verdict(change: Change, call: CallContext) -> Verdict:
    return judge(call.principal, call.mode, OPERATIONS[change.operation].permission)


def _known(error: Exception) -> DomainError:
    """The error of the domain for any exception. An unexpected one is logged and reported without its traceback."""
    known = error if isinstance(error, DomainError) else store_error_of(error) or cloud_error_of(error)
    if known is not None:
        return known
    logger.error("import of an entry failed unexpectedly", exc_info=error)
    return DomainError("An unexpected error occurred in the service. Repeat the import to try this entry again.")


def _failed(change: Change, error: DomainError) -> ImportedItem:
    problems: tuple[FieldProblem, ...] = ()
    if isinstance(error, InvalidRequest):
        problems = tuple(
            FieldProblem(f"{change.field}.{change.located(problem.field)}", problem.message)
            for problem in error.problems
        )
    item = _item(change, ImportOutcome.FAILED)
    return msgspec.structs.replace(item, code=error.code, reason=error.message, problems=problems)


def _item(change: Change, outcome: ImportOutcome) -> ImportedItem:
    found = [] if change.before is None else list(differences(_plain(change.before), _plain(change.after)))
    return ImportedItem(
        field=change.field,
        name=change.name,
        action=change.action,
        outcome=outcome,
        record_id=change.record_id,
        differences=tuple(found[:MOST_DIFFERENCES]),
        more_differences=max(0, len(found) - MOST_DIFFERENCES),
    )


def _plain(entry: msgspec.Struct) -> Any:
    return msgspec.json.decode(msgspec.json.encode(entry))
