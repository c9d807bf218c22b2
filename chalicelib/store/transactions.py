"""Transactions: all writes or none, with the conflicts that DynamoDB leaves to us tried again."""

import time
from collections.abc import Callable

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from ..models.base import shared_connection

MAX_ITEMS = 100
"""DynamoDB's limit for one transaction."""

_TRIES = 6
_FIRST_WAIT_SECONDS = 0.02
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
    """Runs ``write`` on a transaction and commits it.

    DynamoDB cancels one of two transactions that meet on an item; neither PynamoDB nor botocore repeats it, so that is
    done here. Raises ConditionFailed, or PynamoDB's own error once the tries are used up.
    """
    for attempt in range(_TRIES):
        try:
            with TransactWrite(connection=shared_connection()) as transaction:
                write(transaction)
            return
        except TransactWriteError as error:
            codes = [reason.code if reason else "None" for reason in error.cancellation_reasons]
            failed = [position for position, code in enumerate(codes) if code == "ConditionalCheckFailed"]
            if failed:
                raise ConditionFailed(failed) from error
            if attempt == _TRIES - 1 or not _PASSING & set(codes):
                raise
            time.sleep(_FIRST_WAIT_SECONDS * 2**attempt)
