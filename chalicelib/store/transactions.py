"""Transactions: all writes or none, with the conflicts that DynamoDB leaves to us tried again."""

import random
import time
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from enum import IntEnum
from typing import Any, TypeAlias

import msgspec
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from .tables.base import shared_connection

MAX_ITEMS = 100
"""DynamoDB's limit for one transaction."""

_TRIES = 20
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 0.5
_CONDITION_FAILED = "ConditionalCheckFailed"
_PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}

Label: TypeAlias = Hashable
"""Names an item of a transaction; None where nobody asks for it."""

Write: TypeAlias = Callable[["Transaction"], None]
"""Adds items to a transaction."""


class ConditionFailed(Exception):
    """Some condition of the transaction did not hold, and nothing was written; ``labels`` are those of such items."""

    def __init__(self, labels: Collection[Label]) -> None:
        super().__init__(f"conditions failed: {labels}")
        self.labels = frozenset(labels)


class Transaction:
    """The items of one transaction, each under a condition; a label says which of the conditions failed."""

    def __init__(self) -> None:
        self._items: list[_Item] = []

    def check(
        self, table: type[Model], hash_key: Any, range_key: Any = None, *, condition: Condition, label: Label = None
    ) -> None:
        """Writes nothing; the condition must hold."""
        self._add(_Kind.CHECK, label, lambda request: request.condition_check(table, hash_key, range_key, condition))

    def delete(self, item: Model, *, condition: Condition, label: Label = None) -> None:
        self._add(_Kind.DELETE, label, lambda request: request.delete(item, condition))

    def save(self, item: Model, *, condition: Condition, label: Label = None) -> None:
        self._add(_Kind.SAVE, label, lambda request: request.save(item, condition))

    def update(self, item: Model, *, actions: Sequence[Action], condition: Condition, label: Label = None) -> None:
        self._add(_Kind.UPDATE, label, lambda request: request.update(item, list(actions), condition))

    def _add(self, kind: "_Kind", label: Label, add: Callable[[TransactWrite], None]) -> None:
        self._items.append(_Item(kind, label, add))

    def send(self) -> None:
        """Makes no call when nothing was added. Raises ConditionFailed, or PynamoDB's error."""
        if not self._items:
            return
        # DynamoDB says by position what failed, and PynamoDB sends the items kind by kind.
        items = sorted(self._items, key=lambda item: item.kind)
        try:
            with TransactWrite(connection=shared_connection()) as request:
                for item in items:
                    item.add(request)
        except TransactWriteError as error:
            reasons = zip(items, error.cancellation_reasons, strict=False)
            failed = {item.label for item, reason in reasons if reason and reason.code == _CONDITION_FAILED}
            if failed:
                raise ConditionFailed(failed) from error
            raise


class _Kind(IntEnum):
    """In PynamoDB's order."""

    CHECK = 1
    DELETE = 2
    SAVE = 3
    UPDATE = 4


class _Item(msgspec.Struct, frozen=True):
    kind: _Kind
    label: Label
    add: Callable[[TransactWrite], None]


def committed(write: Write) -> bool:
    """Commits ``write``; False when some condition did not hold, and nothing was written."""
    try:
        commit(write)
    except ConditionFailed:
        return False
    return True


def commit(write: Write) -> None:
    """Runs ``write`` on a transaction and commits it; makes no call when it adds nothing.

    DynamoDB cancels one of two transactions that meet on an item, even when both only check it; neither PynamoDB nor
    botocore repeats it, so that is done here. Raises ConditionFailed, or PynamoDB's own error after the last try.
    """
    for pause in (*pauses(random.random), None):
        transaction = Transaction()
        write(transaction)
        try:
            transaction.send()
            return
        except TransactWriteError as error:
            codes = {reason.code for reason in error.cancellation_reasons if reason}
            if pause is None or not _PASSING & codes:
                raise
            time.sleep(pause)


def pauses(chance: Callable[[], float]) -> Iterator[float]:
    """The seconds to wait between two tries: four on average in all, and at most eight and a half.

    Each pause is any length up to a bound that doubles, so that 200 transactions that meet on one item do not meet
    again at every try. ``chance`` gives numbers from 0 to 1.
    """
    for retry in range(_TRIES - 1):
        yield chance() * min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**retry)
