"""What a call to DynamoDB costs, estimated from item sizes, whatever makes the call.

Rules (DynamoDB developer guide, "Read and write operations"):
- Size of an item: its attribute names and values in UTF-8; a number about half its digits, a list or map 3 bytes more.
- Reads: one unit for 4 kB if strongly consistent, half if eventually consistent, twice in a transaction. A query is
  rounded up as a whole, items read by key one by one. Filtered-out items are charged; here as items of average size.
- Writes: one unit for each kB of the item before or after the write, whichever is larger; twice in a transaction,
  including condition checks. A write whose condition fails is charged as well.
- Each index of the table whose keys the item has counts as one more write of the whole item. This is an upper bound,
  because an update that does not change an index's attributes does not write to the index.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024

Item = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Calls to DynamoDB, and the units that they consume."""

    calls: int = 0
    read_units: float = 0.0
    write_units: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            calls=self.calls + other.calls,
            read_units=self.read_units + other.read_units,
            write_units=self.write_units + other.write_units,
        )


def item_size(item: Item) -> int:
    """The size in bytes of an item, given in DynamoDB's JSON."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def read_units_by_key(sizes: Iterable[int], *, consistent: bool = False, transaction: bool = False) -> float:
    """Units of items read by key; a key without an item costs as the smallest item."""
    factor = 2.0 if transaction else 1.0 if consistent else 0.5
    return factor * sum(max(1, math.ceil(size / READ_UNIT_BYTES)) for size in sizes)


def read_units_of_query(sizes: Sequence[int], *, scanned: int, consistent: bool) -> float:
    """Units of a query or scan that returned items of these sizes and looked at `scanned` of them."""
    average = sum(sizes) / len(sizes) if sizes else WRITE_UNIT_BYTES
    total = average * max(scanned, len(sizes))
    return (1.0 if consistent else 0.5) * max(1, math.ceil(total / READ_UNIT_BYTES))


def write_units(size: int, *, indexes: int = 0, transaction: bool = False) -> float:
    """Units of writing an item of a size that is in a number of indexes."""
    units = max(1, math.ceil(size / WRITE_UNIT_BYTES))
    return units * (2 if transaction else 1) + units * indexes


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return _number_size(content)
        case "B":
            return len(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _value_size(entry) for entry in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(entry) for name, entry in content.items())
    # A set: SS, NS, BS.
    return sum(_value_size({kind[0]: entry}) for entry in content)


def _number_size(text: str) -> int:
    digits = text.lstrip("-").replace(".", "").strip("0") or "0"
    return math.ceil(len(digits) / 2) + 1
