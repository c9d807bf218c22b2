"""Corrects two limits of moto's DynamoDB that are narrower than the service's."""

from typing import Any

from moto.dynamodb import responses
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.models.utilities import bytesize

_LARGEST_ITEM_BYTES = 400 * 1024


def set_limits_right() -> None:
    """From now on a transaction reads 100 items (moto: 25), and an item has 400 kB (moto: 405,000 bytes).

    moto also counts a value that is being replaced, together with the new one.
    """
    responses.TRANSACTION_MAX_ITEMS = 100
    LimitedSizeDict.__setitem__ = _set_within_limit  # type: ignore[method-assign]


def _set_within_limit(self: Any, name: str, value: Any) -> None:
    # What was ever written is at least what is there; only beyond the limit is it worth counting again.
    written = vars(self).get("_written", 0) + _size(name, value)
    if written > _LARGEST_ITEM_BYTES:
        written = sum(_size(known, kept) for known, kept in self.items() if known != name) + _size(name, value)
        if written > _LARGEST_ITEM_BYTES:
            raise ItemSizeTooLarge
    vars(self)["_written"] = written
    dict.__setitem__(self, name, value)


def _size(name: str, value: Any) -> int:
    measured = value.size() if isinstance(value, DynamoType) else bytesize(str(value))
    return int(bytesize(name) + measured)
