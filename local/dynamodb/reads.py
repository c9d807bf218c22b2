"""Reads of items: by key, one or many, and by pages of a query or a scan."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from local.dynamodb.conditions import KeyCondition, key_conditions
from local.dynamodb.expressions import names_of
from local.dynamodb.grammar import Values
from local.dynamodb.paths import Tree
from local.dynamodb.refusals import Refused
from local.dynamodb.requests import Answer, Part, Request, condition_of, projection, projection_of, values_of
from local.dynamodb.storage import Ordered, Partition, Record, Table
from local.dynamodb.values import Item, order, stored_item

_PAGE_BYTES = 1024 * 1024
_LARGEST_BATCH_BYTES = 16 * 1024 * 1024
_LARGEST_TRANSACTION_BYTES = 4 * 1024 * 1024
_BEHIND_ALL = (type("_BehindAll", (), {"__lt__": lambda *_: False, "__gt__": lambda *_: True})(),)


def get_item(request: Request) -> Answer:
    params = request.params
    shown, table = projection_of(params), request.table(params["TableName"])
    record = table.own.find(stored_item(params["Key"]))
    request.consume_read(table, record.size if record else 0, consistent=bool(params.get("ConsistentRead")))
    return {**({"Item": shown(record.item)} if record is not None else {}), **request.consumed()}


def transact_get_items(request: Request) -> Answer:
    responses: list[Answer] = []
    read = 0
    for entry in request.params["TransactItems"]:
        part = entry["Get"]
        shown, table = projection_of(part), request.table(part["TableName"])
        record = table.own.find(stored_item(part["Key"]))
        read += record.size if record is not None else 0
        request.consume_read(table, record.size if record else 0, transaction=True)
        responses.append({"Item": shown(record.item)} if record is not None else {})
    if read > _LARGEST_TRANSACTION_BYTES:
        raise Refused("Aggregated size of all items in the transaction exceeded the limit of 4MB")
    return {"Responses": responses, **request.consumed(several=True)}


def batch_get_item(request: Request) -> Answer:
    """Keys that would make the answer larger than 16 MB are returned as not processed."""
    responses: dict[str, list[Item]] = {}
    unprocessed: dict[str, Any] = {}
    read = 0
    for name, part in request.params["RequestItems"].items():
        shown, table = projection_of(part), request.table(name)
        found = responses.setdefault(name, [])
        for key in part["Keys"]:
            record = table.own.find(stored_item(key))
            length = record.size if record is not None else 0
            if unprocessed or read + length > _LARGEST_BATCH_BYTES:
                unprocessed.setdefault(name, {**part, "Keys": []})["Keys"].append(key)
                continue
            read += length
            request.consume_read(table, length, consistent=bool(part.get("ConsistentRead")))
            if record is not None:
                found.append(shown(record.item))
    return {"Responses": responses, "UnprocessedKeys": unprocessed, **request.consumed(several=True)}


def query(request: Request) -> Answer:
    params, values = request.params, values_of(request.params)
    table = request.table(params["TableName"])
    ordered = table.ordered(params.get("IndexName"))
    conditions = key_conditions(params.get("KeyConditionExpression") or "", names_of(params))
    hashed, sort = _by_key(ordered, conditions)
    partition = ordered.partitions.get(order(values[hashed.values[0]]))
    if partition is None:
        return _page(request, table, ordered, iter(()), values)
    first, last = _range(partition, sort, values) if sort is not None else (0, len(partition))
    forward, start = params.get("ScanIndexForward", True), params.get("ExclusiveStartKey")
    if start is not None:
        place = ordered.place(stored_item(start))
        if forward:
            first = max(first, bisect_right(partition.places, place))
        else:
            last = min(last, bisect_left(partition.places, place))
    return _page(request, table, ordered, partition.between(first, last, forward=forward), values)


def scan(request: Request) -> Answer:
    params = request.params
    table = request.table(params["TableName"])
    ordered = table.ordered(params.get("IndexName"))
    start = params.get("ExclusiveStartKey")
    records = ordered.scanned(stored_item(start) if start is not None else None)
    return _page(request, table, ordered, records, values_of(params))


def _page(request: Request, table: Table, ordered: Ordered, records: Iterator[Record], values: Values) -> Answer:
    """What the next page has of the records: at most its limit, and as many as reach 1 MB."""
    params = request.params
    _check_selection(params, table, ordered)
    filtered, shown = condition_of(params, "FilterExpression", values), projection_of(params)
    limit = params.get("Limit")
    seen = read = 0
    last: Record | None = None
    found: list[Item] = []
    for record in islice(records, limit):
        seen, read, last = seen + 1, read + record.size, record
        if filtered is None or filtered.holds(record.item, values):
            found.append(record.item)
        if read >= _PAGE_BYTES:
            break
    # A full page has a key to go on from, even when it is the last one.
    if seen != limit and next(records, None) is None:
        last = None
    request.consume_read(table, read, consistent=bool(params.get("ConsistentRead")))
    answer: Answer = {"Count": len(found), "ScannedCount": seen, **request.consumed()}
    if params.get("Select") != "COUNT":
        answer["Items"] = [shown(item) for item in found]
    if last is not None:
        answer["LastEvaluatedKey"] = {name: last.item[name] for name in ordered.all_keys}
    return answer


def _check_selection(params: Part, table: Table, ordered: Ordered) -> None:
    """Raises Refused for attributes that contradict each other, or that the index cannot give."""
    index, select, expression = params.get("IndexName"), params.get("Select"), params.get("ProjectionExpression")
    if expression is not None and select not in (None, "SPECIFIC_ATTRIBUTES"):
        raise Refused(f"Cannot specify the ProjectionExpression when choosing to get {select}")
    if expression is None and select == "SPECIFIC_ATTRIBUTES":
        raise Refused(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        )
    if index is None:
        if select == "ALL_PROJECTED_ATTRIBUTES":
            raise Refused("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
        return
    if params.get("ConsistentRead") and index not in table.schema.local:
        raise Refused("Consistent reads are not supported on global secondary indexes")
    if ordered.kept is None:
        return
    asked: Tree = projection(expression, names_of(params)) if expression is not None else {}
    missing = [name for name in asked if name not in ordered.kept]
    if select == "ALL_ATTRIBUTES" or missing:
        what = f"{missing} is not projected" if missing else "Select type ALL_ATTRIBUTES is not supported"
        raise Refused(f"One or more parameter values were invalid: {what} for secondary index {index}")


def _by_key(ordered: Ordered, conditions: Sequence[KeyCondition]) -> tuple[KeyCondition, KeyCondition | None]:
    """The condition on the partition key, and that on the sort key if there is one."""
    by_name = {each.name: each for each in conditions}
    if len(by_name) < len(conditions):
        raise Refused("Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key")
    hashed = by_name.pop(ordered.keys[0], None)
    if hashed is None:
        raise Refused(f"Query condition missed key schema element: {ordered.keys[0]}")
    if hashed.operator != "=":
        raise Refused("Query key condition not supported")
    sort = by_name.pop(ordered.keys[1], None) if len(ordered.keys) > 1 else None
    if by_name:
        raise Refused(f"Query condition missed key schema element: {''.join(ordered.keys[1:])}")
    return hashed, sort


def _range(partition: Partition, sort: KeyCondition, values: Values) -> tuple[int, int]:
    """The positions in a partition from the first that meets the condition to behind the last."""
    bounds = [order(values[value]) for value in sort.values]
    places = partition.places

    def before(bound: Any) -> int:
        return bisect_left(places, (bound,))

    def behind(bound: Any) -> int:
        return bisect_right(places, (bound, *_BEHIND_ALL))

    match sort.operator:
        case "=":
            return before(bounds[0]), behind(bounds[0])
        case "<":
            return 0, before(bounds[0])
        case "<=":
            return 0, behind(bounds[0])
        case ">":
            return behind(bounds[0]), len(places)
        case ">=":
            return before(bounds[0]), len(places)
        case "BETWEEN":
            return before(bounds[0]), behind(bounds[1])
    begins = before(bounds[0])
    return begins, bisect_left(places, True, lo=begins, key=lambda place: not place[0].startswith(bounds[0]))
