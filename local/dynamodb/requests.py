"""One request for items, as the operations see it, and what all of them have: expressions, values, capacity."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import Any

from local.dynamodb.conditions import Condition, Names, condition
from local.dynamodb.expressions import names_of
from local.dynamodb.grammar import Values, Words
from local.dynamodb.paths import Tree, project, tree_of
from local.dynamodb.refusals import Refused, not_supported
from local.dynamodb.storage import Table
from local.dynamodb.values import Item, stored_item

Part = Mapping[str, Any]
"""A request, or one entry of a transaction or batch."""

Answer = dict[str, Any]

_READ_UNIT, _WRITE_UNIT = 4096, 1024


@dataclass
class Request:
    """The arguments of a call, and the units that it has consumed of each table."""

    params: Part
    find: Callable[[str], Table | None]
    units: Counter[str] = field(default_factory=Counter)

    def table(self, name: str) -> Table:
        """Raises Refused for a table that does not exist."""
        table = self.find(name)
        if table is None:
            raise Refused("Requested resource not found", code="ResourceNotFoundException")
        return table

    def consume_read(self, table: Table, size: int, *, consistent: bool = False, transaction: bool = False) -> None:
        weight = 2.0 if transaction else 1.0 if consistent else 0.5
        self.units[table.name] += max(1, ceil(size / _READ_UNIT)) * weight  # type: ignore[assignment]

    def consume_write(self, table: Table, sizes: list[int], *, transaction: bool = False) -> None:
        """``sizes`` of the item before and after the write, of which the larger one counts."""
        units = max(1, ceil(max(sizes, default=0) / _WRITE_UNIT))
        self.units[table.name] += units * (2 if transaction else 1)

    def consumed(self, *, several: bool = False) -> Answer:
        """The part of an answer that says what was consumed, if the client asks; the units of indexes are left out."""
        if self.params.get("ReturnConsumedCapacity", "NONE") == "NONE":
            return {}
        units = [{"TableName": name, "CapacityUnits": float(count)} for name, count in self.units.items()]
        return {"ConsumedCapacity": units if several else units[0]}


_NOT_SUPPORTED = frozenset(
    {
        "AttributeUpdates",
        "AttributesToGet",
        "ConditionalOperator",
        "Expected",
        "KeyConditions",
        "QueryFilter",
        "ScanFilter",
        "Segment",
        "TotalSegments",
    }
)


def check_supported(params: Part) -> None:
    """Raises Refused for parameters that only DynamoDB itself serves."""
    for name in params.keys() & _NOT_SUPPORTED:
        raise not_supported(f"the parameter {name}")
    if params.get("ReturnConsumedCapacity") == "INDEXES":
        raise not_supported("the consumed capacity of indexes")
    if params.get("ReturnItemCollectionMetrics") == "SIZE":
        raise not_supported("metrics of item collections")


def values_of(part: Part) -> Values:
    values = part.get("ExpressionAttributeValues")
    return stored_item(values) if values else {}


def condition_of(part: Part, kind: str, values: Values) -> Condition | None:
    """The condition or filter of a part; None when it has none. Raises Refused for one that is wrong."""
    expression = part.get(kind)
    if expression is None:
        return None
    parsed = condition(kind, expression, names_of(part))
    parsed.check(values)
    return parsed


def projection_of(part: Part) -> Callable[[Item], Item]:
    """What the client asks for of an item. Raises Refused for a projection that is wrong."""
    expression = part.get("ProjectionExpression")
    if expression is None:
        return lambda item: item
    tree = projection(expression, names_of(part))
    return lambda item: project(item, tree)


@lru_cache(maxsize=4096)
def projection(expression: str, names: Names) -> Tree:
    words = Words("ProjectionExpression", expression, dict(names))
    paths = words.listed(words.path)
    if words.next:
        raise words.error()
    return tree_of(paths, words.kind)
