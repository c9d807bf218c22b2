"""Every engine that replaces DynamoDB refuses what DynamoDB refuses and accepts what it accepts.

Runs on the tables of `local/dynamodb`, and on Amazon's own engine with `make test-dynamodb`.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.dynamodb.requests import (
    Request,
    check,
    delete,
    get,
    key,
    names,
    number,
    put,
    query,
    read_batch,
    scan,
    text,
    transaction,
    update,
    values,
    where,
    write_batch,
)

KEY = key()
MANY = [key(str(position)) for position in range(101)]
EXISTS = "attribute_exists(id)"
NUMBERED = {"id": number(1), "place": text("x")}
UNSORTED = {"id": text("a")}
WIDE = {**KEY, "more": text("x")}
LARGEST_VALUE = text("v" * (400 * 1024 - len("id" + "a" + "place" + "x" + "v")))
TOO_LARGE_VALUE = text(LARGEST_VALUE["S"] + "v")

COUNTS = {
    "no writes": transaction(),
    "no reads": ("TransactGetItems", {"TransactItems": []}),
    "no tables to write": ("BatchWriteItem", {"RequestItems": {}}),
    "no tables to read": ("BatchGetItem", {"RequestItems": {}}),
    "nothing to write in a table": write_batch(),
    "nothing to read in a table": read_batch(),
    "101 writes": transaction(*[delete(each) for each in MANY]),
    "101 reads": transaction(*[get(each) for each in MANY]),
    "26 in a batch": write_batch(*[delete(each) for each in MANY[:26]]),
    "101 in a batch of reads": read_batch(*MANY),
    "no operation": ("TransactWriteItems", {"TransactItems": [{}]}),
    "a token of 37 letters": (
        "TransactWriteItems",
        {**transaction(delete())[1], "ClientRequestToken": "t" * 37},
    ),
}

TWICE = {
    "deleted and put": transaction(delete(), put()),
    "checked and deleted": transaction(check(EXISTS), delete()),
    "read twice": transaction(get(), get()),
    "put twice": write_batch(put(), put()),
    "put twice with other values": write_batch(put(), put(WIDE)),
    "put and deleted in a batch": write_batch(put(), delete()),
    "read twice in a batch": read_batch(KEY, KEY),
}

EMPTY_KEYS = {
    "put": put(key("")),
    "put, sort key": put(key("a", "")),
    "put, index": put({**KEY, "owner_id": text(""), "since": number(1)}),
    "put, sort key of an index": put({**KEY, "shelf": text("")}),
    "update": update("SET v = :v", key(""), **values(v="1")),
    "update of an index": update("SET shelf = :v", **values(v="")),
    "delete": delete(key("")),
    "get": get(key("")),
    "transaction, put": transaction(put(key(""))),
    "transaction, put of an index": transaction(put({**KEY, "shelf": text("")})),
    "transaction, update": transaction(update("SET v = :v", key(""), **values(v="1"))),
    "transaction, update of an index": transaction(update("SET shelf = :v", **values(v=""))),
    "transaction, delete": transaction(delete(key(""))),
    "transaction, check": transaction(check(EXISTS, key(""))),
    "transaction, get": transaction(get(key(""))),
    "batch, put": write_batch(put(key("a", ""))),
    "batch, put of an index": write_batch(put({**KEY, "shelf": text("")})),
    "batch, delete": write_batch(delete(key(""))),
    "batch, get": read_batch(key("")),
    "query": query("id = :v", **values(v="")),
    "query, sort key": query("id = :v AND begins_with(place, :w)", **values(v="a", w="")),
    "query, index": query("owner_id = :v", IndexName="by_owner", **values(v="")),
}

SIZES = {
    "an item of more than 400 kB": put({**KEY, "v": TOO_LARGE_VALUE}),
    "an update to more than 400 kB": update("SET v = :v", **values(v=TOO_LARGE_VALUE)),
    "a batch with one of more than 400 kB": write_batch(put({**KEY, "v": TOO_LARGE_VALUE})),
    "a transaction with one of more than 400 kB": transaction(put({**KEY, "v": TOO_LARGE_VALUE})),
    "a transaction of more than 4 MB": transaction(*[put({**each, "v": text("v" * 390_000)}) for each in MANY[:11]]),
    "put, partition key": put(key("a" * 2049)),
    "put, partition key in bytes": put(key("ä" * 1025)),
    "put, sort key": put(key("a", "a" * 1025)),
    "put, sort key of an index": put({**KEY, "shelf": text("a" * 1025)}),
    "update, sort key": update("SET v = :v", key("a", "a" * 1025), **values(v="1")),
    "delete, partition key": delete(key("a" * 2049)),
    "get, partition key": get(key("a" * 2049)),
    "batch, put": write_batch(put(key("a" * 2049))),
    "batch, get": read_batch(key("a" * 2049)),
}

TYPES = {
    "put": put(NUMBERED),
    "put of an index": put({**KEY, "owner_id": number(1), "since": number(1)}),
    "put of the sort key of an index": put({**KEY, "owner_id": text("o"), "since": text("1")}),
    "put of an index with NULL": put({**KEY, "shelf": {"NULL": True}}),
    "update": update("SET v = :v", NUMBERED, **values(v="1")),
    "delete": delete(NUMBERED),
    "get": get(NUMBERED),
    "batch, put": write_batch(put(NUMBERED)),
    "batch, get": read_batch(NUMBERED),
    "query": query("id = :v", **values(v=number(1))),
    "query, sort key of an index": query(
        "owner_id = :v AND since > :s", IndexName="by_owner", **values(v="o", s=text("1"))
    ),
}

SHAPES = {
    "put without its sort key": put(UNSORTED),
    "get without its sort key": get(UNSORTED),
    "get with more than the key": get(WIDE),
    "delete with more than the key": delete(WIDE),
    "update without its sort key": update("SET v = :v", UNSORTED, **values(v="1")),
    "transaction, put without its sort key": transaction(put(UNSORTED)),
    "transaction, delete with more than the key": transaction(delete(WIDE)),
    "transaction, check without its sort key": transaction(check(EXISTS, UNSORTED)),
    "batch, put without its sort key": write_batch(put(UNSORTED)),
    "batch, get without its sort key": read_batch(UNSORTED),
    "update of a key": update("SET place = :v", **values(v="1")),
    "an empty set": put({**KEY, "v": {"SS": []}}),
    "an empty set in a transaction": transaction(put({**KEY, "v": {"SS": []}})),
    "an empty set in a value": update("SET v = :v", **values(v={"SS": []})),
    "a set with a duplicate value": put({**KEY, "v": {"L": [{"SS": ["a", "a"]}]}}),
}

RESERVED = {
    "condition": put(**where("attribute_not_exists(name)")),
    "condition, compared": put(**where("status = :v", **values(v="1"))),
    "condition, nested": put(**where("attribute_exists(a.status)")),
    "update": update("SET status = :v", **values(v="1")),
    "update, nested": update("SET a.status = :v", **values(v="1")),
    "update, right side": update("SET v = if_not_exists(status, :v)", **values(v="1")),
    "remove": update("REMOVE status"),
    "add": update("ADD counter :v", **values(v=number(1))),
    "projection": get(ProjectionExpression="id, status"),
    "projection, nested": get(ProjectionExpression="a.status"),
    "projection of a batch": read_batch(KEY, ProjectionExpression="status"),
    "filter, in mixed case": query("id = :v", FilterExpression="Status = :v", **values(v="1")),
    "filter of a scan": scan(FilterExpression="size(status) > :v", **values(v=number(1))),
    "key condition": query("name = :v", **values(v="1")),
    "transaction, check": transaction(check("attribute_exists(status)")),
    "transaction, update": transaction(update("SET status = :v", **values(v="1"))),
}

UNUSED = {
    "put, name": put(**where(EXISTS, **names(n="v"))),
    "put, value": put(**where(EXISTS, **values(v="1"))),
    "update, name": update("SET v = :v", **values(v="1"), **names(n="v")),
    "update, value": update("SET v = :v", **values(v="1", w="2")),
    "delete, value": delete(**where(EXISTS, **values(v="1"))),
    "get, name": get(ProjectionExpression="id", **names(n="v")),
    "query, name": query("id = :v", **values(v="1"), **names(n="v")),
    "query, value": query("id = :v", **values(v="1", w="2")),
    "scan, value": scan(FilterExpression="v = :v", **values(v="1", w="2")),
    "transaction, name": transaction(delete(**where(EXISTS, **names(n="v")))),
    "transaction, value": transaction(delete(**where(EXISTS, **values(v="1")))),
    "transaction, update": transaction(update("SET v = :v", **values(v="1", w="2"))),
    "transaction, put": transaction(put(**where(EXISTS, **values(w="2")))),
    "transaction, check": transaction(check(EXISTS, **values(w="2"))),
    "transaction, get": transaction(get(ProjectionExpression="id", **names(n="v"))),
    "batch": read_batch(KEY, ProjectionExpression="id", **names(n="v")),
    "names without an expression": put(**names(n="v")),
    "values without an expression": put(**values(v="1")),
    "names without an expression in a transaction": transaction(put(**names(n="v"))),
    "values without an expression in a transaction": transaction(delete(**values(v="1"))),
    "no names": put(**where(EXISTS, **names())),
    "no values": put(**where(EXISTS, **values())),
    "no names in a transaction": transaction(delete(**where(EXISTS, **names()))),
}

UNDEFINED = {
    "put, name": put(**where("attribute_exists(#n)")),
    "put, value": put(**where("id = :v")),
    "update, name": update("SET #n = :v", **values(v="1")),
    "update, value": update("SET v = :v"),
    "query, name": query("#n = :v", **values(v="1")),
    "query, value": query("id = :v"),
    "filter": query("id = :v", FilterExpression="v = :w", **values(v="1")),
    "filter of a scan": scan(FilterExpression="attribute_exists(#n)"),
    "projection": get(ProjectionExpression="#n"),
    "transaction, delete": transaction(delete(**where("id = :v"))),
    "transaction, update": transaction(update("SET v = :v")),
    "transaction, check": transaction(check("attribute_exists(#n)")),
    "transaction, get": transaction(get(ProjectionExpression="#n")),
    "batch": read_batch(KEY, ProjectionExpression="#n"),
    "a name without its sign": put(**where("attribute_exists(#n)", ExpressionAttributeNames={"n": "v"})),
    "a value without its sign": put(**where("id = :v", ExpressionAttributeValues={"v": text("1")})),
}

EMPTY_EXPRESSIONS = {
    "put": put(**where("")),
    "blank": put(**where("  ")),
    "update": update(""),
    "condition of an update": update("SET v = :v", **where("", **values(v="1"))),
    "delete": delete(**where("")),
    "filter": scan(FilterExpression=""),
    "projection": get(ProjectionExpression=""),
    "key condition": query(""),
    "transaction, delete": transaction(delete(**where(""))),
    "transaction, update": transaction(update("")),
    "transaction, check": transaction(check("")),
    "transaction, get": transaction(get(ProjectionExpression="")),
}

TOO_MUCH = {
    "an expression of more than 4 kB": put(**where(" OR ".join([EXISTS] * 200))),
    "101 values in IN": put(
        **where(
            f"id IN ({', '.join(f':v{position}' for position in range(101))})",
            **values(**{f"v{position}": str(position) for position in range(101)}),
        )
    ),
}

QUERIES = {
    "an index that does not exist": query("id = :v", IndexName="by_nothing", **values(v="1")),
    "a limit of zero": query("id = :v", Limit=0, **values(v="1")),
    "bounds in the wrong order": query("id = :v AND place BETWEEN :b AND :a", **values(v="1", a="a", b="b")),
    "a filter on the key": query("id = :v", FilterExpression="place <> :v", **values(v="1")),
    "a filter on the key by a placeholder": query(
        "id = :v", FilterExpression="attribute_exists(#n)", **values(v="1"), **names(n="place")
    ),
    "a filter on the key of the index": query(
        "owner_id = :v", IndexName="by_owner", FilterExpression="since > :n", **values(v="o", n=number(1))
    ),
    "a start key without its sort key": query("id = :v", ExclusiveStartKey={"id": text("1")}, **values(v="1")),
    "a start key of the table for an index": query(
        "owner_id = :v", IndexName="by_owner", ExclusiveStartKey=KEY, **values(v="o")
    ),
    "a start key of another partition": query("id = :v", ExclusiveStartKey=key("other"), **values(v="1")),
    "a start key of another type": query("id = :v", ExclusiveStartKey=NUMBERED, **values(v="1")),
    "an empty start key": query("id = :v", ExclusiveStartKey=key("1", ""), **values(v="1")),
    "a scan from a key without its sort key": scan(ExclusiveStartKey=UNSORTED),
}

KINDS = {
    "counts": COUNTS,
    "twice": TWICE,
    "empty keys": EMPTY_KEYS,
    "sizes": SIZES,
    "types": TYPES,
    "shapes": SHAPES,
    "reserved words": RESERVED,
    "unused": UNUSED,
    "undefined": UNDEFINED,
    "empty expressions": EMPTY_EXPRESSIONS,
    "too much": TOO_MUCH,
    "queries": QUERIES,
}

CANCELLED = {
    "partition key of a put": (1, transaction(put(), put(key("a" * 2049)))),
    "sort key of a delete": (0, transaction(delete(key("a", "a" * 1025)))),
    "type of a put": (0, transaction(put(NUMBERED), delete())),
    "type of a delete": (0, transaction(delete(NUMBERED))),
    "type of an index": (1, transaction(delete(key("b")), put({**KEY, "shelf": number(1)}))),
}

ACCEPTED = {
    "an empty text that is not a key": put({**KEY, "v": text("")}),
    "a key of the largest size": put(key("a" * 2048, "b" * 1024)),
    "an item of the largest size": put({**KEY, "v": LARGEST_VALUE}),
    "a missing key of an index": put(KEY),
    "names that two expressions use": update(
        "SET #a = :v",
        **where("attribute_exists(#b) OR attribute_not_exists(#b)", **names(a="name", b="status")),
        **values(v="1"),
    ),
    "100 writes": transaction(*[put(each) for each in MANY[:100]]),
    "100 reads": transaction(*[get(each) for each in MANY[:100]]),
    "25 in a batch": write_batch(*[put(each) for each in MANY[:25]]),
    "almost 4 MB": transaction(*[put({**each, "v": text("v" * 390_000)}) for each in MANY[:10]]),
    "functions and operators that are reserved words": put(
        **where("NOT contains(id, :t) or size(id) BETWEEN :n and :n", **values(t="z", n=number(1)))
    ),
    "every clause of an update": update(
        "SET deep = :m, #n = list_append(:l, :l) REMOVE gone ADD counted :one",
        **names(n="name"),
        **values(m={"M": {"list": {"L": [text("a")]}}}, l={"L": []}, one=number(1)),
    ),
    "an item of a list": scan(FilterExpression="deep.#l[0] = :v", **names(l="list"), **values(v="a")),
    "IN": scan(FilterExpression="v IN (:a, :b)", **values(a="1", b="2")),
    "equal bounds": query("id = :v AND place BETWEEN :a AND :a", **values(v="a", a="a")),
    "a start key of an index": query(
        "owner_id = :v",
        IndexName="by_owner",
        ExclusiveStartKey={**KEY, "owner_id": text("o"), "since": number(1)},
        **values(v="o"),
    ),
    "a filter of an index on the table's key": query(
        "owner_id = :v", IndexName="by_owner", FilterExpression="place = :v", **values(v="o")
    ),
}


def error_of(dynamodb: Any, request: Request) -> dict[str, Any]:
    with pytest.raises(ClientError) as refused:
        dynamodb._make_api_call(*request)
    return dict(refused.value.response)


def _named(kinds: dict[str, dict[str, Any]]) -> Sequence[Any]:
    return [pytest.param(request, id=f"{kind}: {name}") for kind, of in kinds.items() for name, request in of.items()]


@pytest.mark.parametrize("request_", _named(KINDS))
def test_an_invalid_request_is_refused(dynamodb: Any, request_: Request) -> None:
    assert error_of(dynamodb, request_)["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(("position", "request_"), CANCELLED.values(), ids=CANCELLED)
def test_a_transaction_is_cancelled_for_keys_that_do_not_fit(dynamodb: Any, position: int, request_: Request) -> None:
    answer = error_of(dynamodb, request_)
    assert answer["Error"]["Code"] == "TransactionCanceledException"
    codes = [reason["Code"] for reason in answer["CancellationReasons"]]
    assert codes == ["ValidationError" if place == position else "None" for place in range(len(codes))]


@pytest.mark.parametrize("request_", ACCEPTED.values(), ids=ACCEPTED)
def test_a_valid_request_is_accepted(dynamodb: Any, request_: Request) -> None:
    dynamodb._make_api_call(*request_)


def test_a_large_value_can_replace_another(dynamodb: Any) -> None:
    dynamodb._make_api_call(*put({**key("replaced"), "v": text("v" * 300_000)}))
    dynamodb._make_api_call(*update("SET v = :v", key("replaced"), **values(v="w" * 300_000)))


def test_a_refused_transaction_writes_nothing(dynamodb: Any) -> None:
    fresh = key("never written")
    error_of(dynamodb, transaction(put(fresh), put(key(""))))
    assert "Item" not in dynamodb._make_api_call(*get(fresh))
