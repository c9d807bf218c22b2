"""Writes of items: each is worked out first and applied when all that belong to it are found to be right."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from local.dynamodb.expressions import names_of
from local.dynamodb.keys import check_not_empty, key_problem
from local.dynamodb.paths import project
from local.dynamodb.refusals import Cancelled, ConditionFailed, KeyUpdated, Refused
from local.dynamodb.requests import Answer, Part, Request, condition_of, values_of
from local.dynamodb.storage import Record, Table
from local.dynamodb.updates import Update, update
from local.dynamodb.values import Item, stored_item

_LARGEST_ITEM_BYTES = 400 * 1024


class Write(NamedTuple):
    """A write that has been worked out: the item as it was and as it will be."""

    table: Table
    before: Record | None
    after: Record | None
    update: Update | None = None

    def sizes(self) -> list[int]:
        return [record.size for record in (self.before, self.after) if record is not None]


def put_item(request: Request) -> Answer:
    return _write_one(request, put)


def update_item(request: Request) -> Answer:
    return _write_one(request, change)


def delete_item(request: Request) -> Answer:
    return _write_one(request, delete)


def batch_write_item(request: Request) -> Answer:
    writes = []
    for name, entries in request.params["RequestItems"].items():
        for entry in entries:
            part = {**next(iter(entry.values())), "TableName": name}
            writes.append((put if "PutRequest" in entry else delete)(request, part))
    _apply(request, writes)
    return {"UnprocessedItems": {}, **request.consumed(several=True)}


def transact_write_items(request: Request) -> Answer:
    writes: list[Write] = []
    problems: list[Refused | None] = []
    for entry in request.params["TransactItems"]:
        [(kind, part)] = entry.items()
        problem = None
        try:
            writes.append(_PARTS[kind](request, part))
        except (ConditionFailed, KeyUpdated) as failed:
            problem = failed
        problems.append(problem)
    if any(problems):
        raise Cancelled(problems)
    _apply(request, writes, transaction=True)
    return request.consumed(several=True)


def put(request: Request, part: Part) -> Write:
    item = stored_item(part["Item"])
    table = request.table(part["TableName"])
    before = table.own.find(item)
    _require_condition(part, before, values_of(part))
    return Write(table, before, _record(item, "Item size has exceeded the maximum allowed size"))


def delete(request: Request, part: Part) -> Write:
    table = request.table(part["TableName"])
    before = table.own.find(stored_item(part["Key"]))
    _require_condition(part, before, values_of(part))
    return Write(table, before, None)


def check(request: Request, part: Part) -> Write:
    return (written := delete(request, part))._replace(after=written.before)


def change(request: Request, part: Part) -> Write:
    """Without an expression an item that does not exist is made with its key alone."""
    values, key = values_of(part), stored_item(part["Key"])
    table = request.table(part["TableName"])
    expression = part.get("UpdateExpression")
    parsed = update(expression, names_of(part)) if expression is not None else None
    if parsed is not None:
        _check_paths(table, parsed)
        parsed.check(values)
    before = table.own.find(key)
    _require_condition(part, before, values)
    item = before.item if before is not None else key
    if parsed is not None:
        item = parsed.apply(item, values)
        _check_index_keys(table, item, parsed)
    return Write(table, before, _record(item, "Item size to update has exceeded the maximum allowed size"), parsed)


def _write_one(request: Request, work_out: Callable[[Request, Part], Write]) -> Answer:
    returned = _RETURNED[work_out].get(request.params.get("ReturnValues") or "NONE")
    if returned is None:
        raise Refused("Return values set to invalid value")
    write = work_out(request, request.params)
    _apply(request, [write])
    attributes = returned(write)
    return {**({"Attributes": attributes} if attributes else {}), **request.consumed()}


def _apply(request: Request, writes: list[Write], *, transaction: bool = False) -> None:
    at = datetime.now(UTC)
    for write in writes:
        request.consume_write(write.table, write.sizes(), transaction=transaction)
        if write.after is not write.before:
            write.table.write(write.before, write.after, at)


def _require_condition(part: Part, before: Record | None, values: Mapping[str, Any]) -> None:
    condition = condition_of(part, "ConditionExpression", values)
    item = before.item if before is not None else {}
    if condition is not None and not condition.holds(item, values):
        raise ConditionFailed(item if part.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" else None)


def _check_paths(table: Table, parsed: Update) -> None:
    for name in parsed.touched:
        if name in table.schema.keys:
            raise KeyUpdated(name)


def _check_index_keys(table: Table, item: Item, parsed: Update) -> None:
    touched = {name: item[name] for name in parsed.touched if name in table.schema.types and name in item}
    if touched:
        problem = key_problem(table.schema, item)
        if problem:
            raise Refused(f"One or more parameter values were invalid: {problem}")
    for name, value in touched.items():
        check_not_empty(name, value)


def _record(item: Item, problem: str) -> Record:
    record = Record.of(item)
    if record.size > _LARGEST_ITEM_BYTES:
        raise Refused(problem)
    return record


def _old(write: Write) -> Item | None:
    return write.before.item if write.before is not None else None


def _new(write: Write) -> Item | None:
    return write.after.item if write.after is not None else None


def _touched(of: Callable[[Write], Item | None]) -> Callable[[Write], Item | None]:
    """The attributes that have one of the update's paths; they are returned as a whole."""

    def touched(write: Write) -> Item | None:
        item = of(write)
        if item is None or write.update is None:
            return None
        return {name: item[name] for name in project(item, write.update.touched)}

    return touched


_PARTS: Mapping[str, Callable[[Request, Part], Write]] = {
    "Put": put,
    "Update": change,
    "Delete": delete,
    "ConditionCheck": check,
}
_NONE_OR_OLD: Mapping[str, Callable[[Write], Item | None]] = {"NONE": lambda _: None, "ALL_OLD": _old}
_RETURNED: Mapping[Callable[[Request, Part], Write], Mapping[str, Callable[[Write], Item | None]]] = {
    put: _NONE_OR_OLD,
    delete: _NONE_OR_OLD,
    change: {**_NONE_OR_OLD, "ALL_NEW": _new, "UPDATED_OLD": _touched(_old), "UPDATED_NEW": _touched(_new)},
}
