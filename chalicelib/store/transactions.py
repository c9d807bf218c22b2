"""Commits transactions, and repeats those that DynamoDB cancels because of a conflict."""

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
"""Names an item of a transaction. None where no caller needs the name."""

Write: TypeAlias = Callable[["Transaction"], None]
"""Adds items to a transaction."""


class ConditionFailed(Exception):
    """A condition of the transaction failed, and nothing was written. ``labels`` name the items that failed."""

    def __init__(self, labels: Collection[Label]) -> None:
        super().__init__(f"conditions failed: {labels}")
        self.labels = frozenset(labels)


class Transaction:
    """The items of one transaction, each with a condition. Labels show which of the conditions failed."""

    def __init__(self) -> None:
        self._items: list[_Item] = []

    def check(
        self, table: type[Model], hash_key: Any, range_key: Any = None, *, condition: Condition, label: Label = None
    ) -> None:
        """Adds a condition that must hold, and no write."""
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
        """Sends the transaction; makes no call when it is empty. Raises ConditionFailed, or PynamoDB's error."""
        if not self._items:
            return
        # DynamoDB reports failed items by position, and PynamoDB sends the items sorted by kind.
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
    """The kinds of items, in the order in which PynamoDB sends them."""

    CHECK = 1
    DELETE = 2
    SAVE = 3
    UPDATE = 4


class _Item(msgspec.Struct, frozen=True):
    kind: _Kind
    label: Label
    add: Callable[[TransactWrite], None]


def committed(write: Write) -> bool:
    """Commits ``write``. False when a condition failed and nothing was written."""
    try:
        commit(write)
    except ConditionFailed:
        return False
    return True


def commit_all(writes: Sequence[Write]) -> None:
    """Commits ``writes`` as one transaction. Raises as ``commit`` does."""

    def add_all(transaction: Transaction) -> None:
        for write in writes:
            write(transaction)

    commit(add_all)


def commit(write: Write) -> None:
    """Commits the items that ``write`` adds; makes no call when it adds none.

    DynamoDB cancels one of two transactions that use the same item at the same time, even when both only check it.
    Neither PynamoDB nor botocore repeats it, so it is repeated here. Raises ConditionFailed, or PynamoDB's own error
    after the last try.
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
    """The seconds to wait between two tries; their sum is 4 on average and at most 8.5.

    Each pause has a random length up to a bound that doubles, so that 200 transactions that conflict on one item do not
    conflict again at every try. ``chance`` returns numbers from 0 to 1.
    """
    for retry in range(_TRIES - 1):
        yield chance() * min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**retry)
