"""Transactions: all writes or none, with the conflicts that DynamoDB leaves to us tried again."""

import random
import time
from collections.abc import Callable, Iterator

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from .tables.base import shared_connection

MAX_ITEMS = 100
"""DynamoDB's limit for one transaction."""

_TRIES = 20
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 0.5
_PASSING = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


class ConditionFailed(Exception):
    """Some condition of the transaction did not hold, and nothing was written; ``positions`` are those of the items."""

    def __init__(self, positions: list[int]) -> None:
        super().__init__(f"conditions of items {positions} failed")
        self.positions = positions


def committed(write: Callable[[TransactWrite], None]) -> bool:
    """Commits ``write``; False when some condition did not hold, and nothing was written."""
    try:
        commit(write)
    except ConditionFailed:
        return False
    return True


def commit(write: Callable[[TransactWrite], None]) -> None:
    """Runs ``write`` on a transaction and commits it; makes no call when it adds nothing.

    DynamoDB cancels one of two transactions that meet on an item, even when both only check it; neither PynamoDB nor
    botocore repeats it, so that is done here. Raises ConditionFailed, or PynamoDB's own error after the last try.
    """
    for pause in (*pauses(random.random), None):
        try:
            with _Transaction(connection=shared_connection()) as transaction:
                write(transaction)
            return
        except TransactWriteError as error:
            codes = [reason.code if reason else "None" for reason in error.cancellation_reasons]
            failed = [position for position, code in enumerate(codes) if code == "ConditionalCheckFailed"]
            if failed:
                raise ConditionFailed(failed) from error
            if pause is None or not _PASSING & set(codes):
                raise
            time.sleep(pause)


def pauses(chance: Callable[[], float]) -> Iterator[float]:
    """The seconds to wait between two tries: four on average in all, and at most eight and a half.

    Each pause is any length up to a bound that doubles, so that 200 transactions that meet on one item do not meet
    again at every try. ``chance`` gives numbers from 0 to 1.
    """
    for retry in range(_TRIES - 1):
        yield chance() * min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2**retry)


class _Transaction(TransactWrite):
    """A transaction that is not sent when it is empty, which DynamoDB refuses."""

    def _commit(self) -> None:
        if self._condition_check_items or self._delete_items or self._put_items or self._update_items:
            super()._commit()
