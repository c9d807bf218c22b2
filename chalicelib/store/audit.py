"""Appends entries to the audit log and closes them; the only write that the query side may reach.

A command's entry is written before it acts (``status_code`` 0) and closed with the same key when it has ended. So each
operation has one entry, and a missing end stays visible. A closed entry can never be overwritten.
"""

import msgspec
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition

from ..domain.access.audit import AuditEntry, minimal
from ..domain.errors import Unavailable
from ..logs import logger
from .failures import response_code
from .tables.audit import AUDIT_ENTRIES, AuditEntryItem

_NOT_TAKEN = {"ValidationException", "SerializationException"}


def append_entry(entry: AuditEntry) -> None:
    """Writes a new entry. Raises Unavailable when the table does not accept it."""
    _save(entry, _entry_is_new())


def close_entry(entry: AuditEntry) -> None:
    """Closes the open entry with the same id. Raises Unavailable when the table does not accept it."""
    _save(entry, _entry_is_open(entry))


def _save(entry: AuditEntry, condition: Condition) -> None:
    try:
        _save_as_it_is(entry, condition)
    except (PynamoDBException, ValueError) as error:
        # The text cannot be encoded, or DynamoDB refuses the item. Record the part that can be recorded.
        if isinstance(error, PynamoDBException) and response_code(error) not in _NOT_TAKEN:
            raise _unavailable(error) from error
        logger.exception("audit entry shortened", extra={"operation": entry.operation, "entry_id": entry.entry_id})
        try:
            _save_as_it_is(minimal(entry), condition)
        except (PynamoDBException, ValueError) as again:
            raise _unavailable(again) from again


def _save_as_it_is(entry: AuditEntry, condition: Condition) -> None:
    msgspec.json.encode(entry)  # Raises ValueError for text that is not valid Unicode.
    AUDIT_ENTRIES.to_item(entry).save(condition=condition)


def _unavailable(error: PynamoDBException | ValueError) -> Unavailable:
    code = response_code(error) if isinstance(error, PynamoDBException) else type(error).__name__
    return Unavailable("The audit log cannot be written.", awsCode=code)


def _entry_is_new() -> Condition:
    return AuditEntryItem.entry_id.does_not_exist()


def _entry_is_open(entry: AuditEntry) -> Condition:
    still_open: Condition = (AuditEntryItem.request_id == entry.request_id) & (AuditEntryItem.status_code == 0)
    return still_open
