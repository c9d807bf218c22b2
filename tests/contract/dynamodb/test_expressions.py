"""Every engine that replaces DynamoDB evaluates conditions, updates, projections and queries as DynamoDB does."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.dynamodb.requests import (
    Request,
    check,
    delete,
    get,
    key,
    number,
    put,
    query,
    text,
    transaction,
    update,
    values,
    where,
)

KEY = key("expressions", "x")
ITEM: dict[str, Any] = {
    **KEY,
    "s": text("Hello ä"),
    "n": number(10),
    "b": {"B": b"\x00\xffab"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "l": {"L": [number(1), text("two"), {"L": [number(3)]}]},
    "m": {"M": {"x": text("1"), "y": {"M": {"z": number(5)}}, "li": {"L": [text("a"), text("b"), text("c")]}}},
    "ss": {"SS": ["b", "a", "c"]},
    "ns": {"NS": ["3", "1", "2.50"]},
}
ONE, TWO, NINE, TEN = number(1), number(2), number(9), number(10)

HOLD: dict[str, dict[str, Any]] = {
    "nope <> :v": {"v": "1"},
    "NOT nope = :v": {"v": "1"},
    "n <> :v": {"v": "10"},
    "n = :v": {"v": {"N": "10.0"}},
    "n >= :v": {"v": {"N": "1E1"}},
    "n > :v": {"v": NINE},
    "s < :v": {"v": "Z"},
    "yes = :v": {"v": {"BOOL": True}},
    "size(s) = :v": {"v": number(7)},
    "size(b) = :v": {"v": number(4)},
    "size(l) = :v AND size(m) = :v AND size(ss) = :v": {"v": number(3)},
    "size(m.li) = size(l)": {},
    "size(:v) = :n": {"v": "abc", "n": number(3)},
    "contains(s, :v)": {"v": "ell"},
    "contains(ss, :v)": {"v": "a"},
    "contains(ns, :v)": {"v": {"N": "2.5"}},
    "contains(l, :v)": {"v": {"L": [{"N": "3.0"}]}},
    "contains(b, :v)": {"v": {"B": b"\xff"}},
    "begins_with(s, :v)": {"v": "Hel"},
    "begins_with(b, :v)": {"v": {"B": b"\x00"}},
    "attribute_type(nothing, :v)": {"v": "NULL"},
    "attribute_exists(m.y.z) AND attribute_exists(l[2][0])": {},
    "attribute_not_exists(m.y.q) AND attribute_not_exists(l[9]) AND attribute_not_exists(s.a)": {},
    "n BETWEEN :a AND :b": {"a": ONE, "b": TEN},
    ":a BETWEEN n AND n": {"a": TEN},
    "n IN (:a, :b)": {"a": ONE, "b": TEN},
    "ss = :v": {"v": {"SS": ["c", "b", "a"]}},
    "ns = :v": {"v": {"NS": ["1.0", "2.5", "3"]}},
    "m.y = :v": {"v": {"M": {"z": {"N": "5.0"}}}},
    "n = :v OR nope = :v AND NOT n = :v": {"v": TEN},
    "NOT n = :v AND n = :v OR n = :v": {"v": TEN},
    "NOT (n = :v AND nope = :v)": {"v": TEN},
    "attribute_exists(n) AnD noT attribute_exists(nope)": {},
    "l[0] = :v": {"v": ONE},
}
FAIL: dict[str, dict[str, Any]] = {
    "nope = :v": {"v": "1"},
    "n < :v": {"v": NINE},
    "s < :v": {"v": ONE},
    "size(n) > :v": {"v": number(0)},
    "size(nope) > :v": {"v": number(0)},
    "contains(s, :v)": {"v": ONE},
    "contains(n, :v)": {"v": ONE},
    "begins_with(n, :v)": {"v": "1"},
    "attribute_type(nope, :v)": {"v": "S"},
    "m[0] = :v": {"v": ONE},
    "l.x = :v": {"v": ONE},
    "m.li > :v": {"v": ONE},
    "ss = :v": {"v": {"SS": ["a"]}},
    "n = s": {},
}
WRONG: dict[str, dict[str, Any]] = {
    "yes < :v": {"v": {"BOOL": True}},
    "begins_with(s, :v)": {"v": ONE},
    "attribute_type(s, :v)": {"v": "X"},
    "attribute_exists(:v)": {"v": "S"},
    "attribute_exists(size(s))": {},
    "n BETWEEN :b AND :a": {"a": ONE, "b": TEN},
    "n BETWEEN :a AND :b": {"a": "1", "b": TEN},
    "n = n": {},
    "s IN (:a, s)": {"a": ONE},
    "((n = :v))": {"v": TEN},
    "n = :v AND": {"v": TEN},
    "n == :v": {"v": TEN},
    "n = :v)": {"v": TEN},
    "foo(n, :v)": {"v": TEN},
    "contains(n)": {},
    "Attribute_exists(n)": {},
    "n": {},
    "l[-1] = :v": {"v": ONE},
    "size(:v) = :n": {"v": ONE, "n": ONE},
}

CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "SET n = n + :v": ({"v": {"N": "1.5"}}, {"n": {"N": "11.5"}}),
    "SET n = :v - n": ({"v": ONE}, {"n": number(-9)}),
    "SET q = if_not_exists(nope, :v) + :v": ({"v": ONE}, {"q": TWO}),
    "SET q = if_not_exists(n, :v)": ({"v": ONE}, {"q": TEN}),
    "SET q = list_append(if_not_exists(q, :v), :v)": ({"v": {"L": [ONE]}}, {"q": {"L": [ONE, ONE]}}),
    "SET m.li = list_append(:v, m.li)": (
        {"v": {"L": [ONE]}},
        {"m": {"M": {**ITEM["m"]["M"], "li": {"L": [ONE, *ITEM["m"]["M"]["li"]["L"]]}}}},
    ),
    "SET l[0] = :v": ({"v": "x"}, {"l": {"L": [text("x"), *ITEM["l"]["L"][1:]]}}),
    "SET l[9] = :v, l[8] = :w": ({"v": "x", "w": "y"}, {"l": {"L": [*ITEM["l"]["L"], text("y"), text("x")]}}),
    "SET m.y.z = :v": ({"v": "x"}, {"m": {"M": {**ITEM["m"]["M"], "y": {"M": {"z": text("x")}}}}}),
    "REMOVE l[0], l[1]": ({}, {"l": {"L": [ITEM["l"]["L"][2]]}}),
    "REMOVE l[0] SET l[2] = :v": ({"v": "x"}, {"l": {"L": [text("two"), text("x")]}}),
    "REMOVE m.nope, l[9], nope": ({}, {}),
    "ADD n :v, q :v": ({"v": number(-3)}, {"n": number(7), "q": number(-3)}),
    "ADD ss :v": ({"v": {"SS": ["z", "a"]}}, {"ss": {"SS": ["a", "b", "c", "z"]}}),
    "DELETE ss :v": ({"v": {"SS": ["a", "q"]}}, {"ss": {"SS": ["b", "c"]}}),
    "DELETE ns :v": ({"v": {"NS": ["2.5"]}}, {"ns": {"NS": ["1", "3"]}}),
    "DELETE q :v": ({"v": {"SS": ["a"]}}, {}),
    "SET n = s, s = n": ({}, {"n": ITEM["s"], "s": TEN}),
    "set n = :v remove s add q :v": ({"v": ONE}, {"n": ONE, "q": ONE, "s": None}),
    "SET n = (n) + :v": ({"v": ONE}, {"n": number(11)}),
    "DELETE ss :v REMOVE n": ({"v": {"SS": ["a", "b", "c"]}}, {"ss": None, "n": None}),
}
NO_CHANGES: dict[str, dict[str, Any]] = {
    "SET n = n + s": {},
    "SET n = n + :v": {"v": "1"},
    "SET q = nope + :v": {"v": ONE},
    "SET q = nope": {},
    "SET q = if_not_exists(nope, nope2)": {},
    "SET q = list_append(nope, :v)": {"v": {"L": []}},
    "SET m.q.z = :v": {"v": "x"},
    "SET nope.a = :v": {"v": "x"},
    "SET s.a = :v": {"v": "x"},
    "SET l.a = :v": {"v": "x"},
    "SET m[0] = :v": {"v": "x"},
    "REMOVE nope.a": {},
    "REMOVE m.nope.a": {},
    "ADD s :v": {"v": ONE},
    "ADD ss :v": {"v": {"NS": ["1"]}},
    "ADD l :v": {"v": {"L": [ONE]}},
    "ADD n s": {},
    "DELETE ns :v": {"v": {"SS": ["2.5"]}},
    "DELETE ss :v": {"v": "a"},
    "SET n = :v, n = :w": {"v": "1", "w": "2"},
    "SET m = :v, m.y = :w": {"v": "1", "w": "2"},
    "SET n = :v SET s = :v": {"v": "1"},
    "SET n = n + :v + :v": {"v": ONE},
    "SET q = size(s)": {},
    "SET q = :v,": {"v": ONE},
    "SET n = :v + :v": {"v": {"N": "9e125"}},
    "SET q = :a + :b": {"a": {"N": "9" * 38}, "b": {"N": "0.1"}},
}

NUMBERS = {"01": "1", "-0": "0", "1E+2": "100", "1.10": "1.1", "+5": "5", "1e-7": "0.0000001", "1e21": "1" + "0" * 21}
NO_NUMBERS = ("", "abc", " 1", "1 ", "1_000", "NaN", "Infinity", "1e126", "1e-131", "1" * 39)

NO_VALUES: dict[str, Any] = {
    "nothing": {},
    "NULL that is false": {"NULL": False},
    "a number twice in a set": {"NS": ["1", "1.0"]},
    "two types": {"S": "x", "N": "1"},
    "an empty set in a list": {"L": [{"SS": []}]},
}

PROJECTED = {
    "m.y.z, s": {"m": {"M": {"y": {"M": {"z": number(5)}}}}, "s": ITEM["s"]},
    "l[2], l[0]": {"l": {"L": [ITEM["l"]["L"][0], ITEM["l"]["L"][2]]}},
    "l[2][0], nope": {"l": {"L": [{"L": [number(3)]}]}},
    "m.nope": {},
}

KEYS: dict[str, tuple[dict[str, Any], range]] = {
    "id = :v AND place > :w": ({"w": "5"}, range(6, 10)),
    "id = :v AND place >= :w": ({"w": "5"}, range(5, 10)),
    "id = :v AND place < :w": ({"w": "5"}, range(5)),
    "id = :v AND place <= :w": ({"w": "5"}, range(6)),
    "place = :w AND id = :v": ({"w": "5"}, range(5, 6)),
    "(id = :v) AND (place BETWEEN :w AND :x)": ({"w": "3", "x": "6"}, range(3, 7)),
    "(id = :v AND begins_with(place, :w))": ({"w": "7"}, range(7, 8)),
}
NO_KEYS: dict[str, dict[str, Any]] = {
    "id = :v OR place = :w": {"w": "5"},
    "id = :v AND place <> :w": {"w": "5"},
    "id > :v": {},
    "place = :v": {},
    "id = :v AND n = :w": {"w": "5"},
    "id = :v AND id = :v": {},
    "id = :v AND place > :w AND place < :x": {"w": "3", "x": "6"},
    "id = :v AND NOT place = :w": {"w": "5"},
}


@pytest.fixture
def item(dynamodb: Any) -> Any:
    """A client, and an item to try expressions on."""
    dynamodb._make_api_call(*put(ITEM))
    return dynamodb


@pytest.fixture
def ten(dynamodb: Any) -> Any:
    """A client, and ten items of one partition."""
    for place in range(10):
        dynamodb._make_api_call(*put(key("ten", str(place))))
    return dynamodb


def given(placeholders: dict[str, Any]) -> dict[str, Any]:
    return values(**placeholders) if placeholders else {}


def code_of(client: Any, request: Request) -> str:
    """The error's code; empty when the request is served."""
    try:
        client._make_api_call(*request)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def content(client: Any, of: dict[str, Any] = KEY, **more: Any) -> dict[str, Any]:
    """The item as it is now; members of sets have no order."""
    found: dict[str, Any] = client._make_api_call(*get(of, ConsistentRead=True, **more)).get("Item", {})
    return {name: unordered(value) for name, value in found.items()}


def unordered(value: dict[str, Any]) -> dict[str, Any]:
    return {kind: sorted(content) if kind in ("SS", "NS") else content for kind, content in value.items()}


@pytest.mark.parametrize(("condition", "placeholders"), HOLD.items(), ids=HOLD)
def test_a_condition_holds(item: Any, condition: str, placeholders: dict[str, Any]) -> None:
    assert code_of(item, delete(KEY, **where(condition, **given(placeholders)))) == ""


@pytest.mark.parametrize(("condition", "placeholders"), FAIL.items(), ids=FAIL)
def test_a_condition_fails(item: Any, condition: str, placeholders: dict[str, Any]) -> None:
    request = delete(KEY, **where(condition, **given(placeholders)))
    assert code_of(item, request) == "ConditionalCheckFailedException"


@pytest.mark.parametrize(("condition", "placeholders"), WRONG.items(), ids=WRONG)
def test_a_condition_is_refused(item: Any, condition: str, placeholders: dict[str, Any]) -> None:
    assert code_of(item, delete(KEY, **where(condition, **given(placeholders)))) == "ValidationException"


@pytest.mark.parametrize(("expression", "change"), CHANGES.items(), ids=CHANGES)
def test_an_update_changes_what_it_says(
    item: Any, expression: str, change: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    placeholders, changed = change
    item._make_api_call(*update(expression, KEY, **given(placeholders)))
    expected = {name: value for name, value in {**ITEM, "ns": {"NS": ["1", "2.5", "3"]}, **changed}.items() if value}
    assert content(item) == {name: unordered(value) for name, value in expected.items()}


@pytest.mark.parametrize(("expression", "placeholders"), NO_CHANGES.items(), ids=NO_CHANGES)
def test_a_refused_update_changes_nothing(item: Any, expression: str, placeholders: dict[str, Any]) -> None:
    before = content(item)
    assert code_of(item, update(expression, KEY, **given(placeholders))) == "ValidationException"
    assert content(item) == before


@pytest.mark.parametrize(("written", "read"), NUMBERS.items(), ids=NUMBERS)
def test_a_number_has_one_spelling(dynamodb: Any, written: str, read: str) -> None:
    dynamodb._make_api_call(*put({**KEY, "v": {"N": written}}))
    assert content(dynamodb)["v"] == {"N": read}


@pytest.mark.parametrize("wrong", [*({"N": each} for each in NO_NUMBERS), *NO_VALUES.values()], ids=str)
def test_what_is_no_value_is_refused(dynamodb: Any, wrong: dict[str, Any]) -> None:
    assert code_of(dynamodb, put({**KEY, "v": wrong})) == "ValidationException"


@pytest.mark.parametrize(("projection", "found"), PROJECTED.items(), ids=PROJECTED)
def test_a_projection_has_only_its_paths(item: Any, projection: str, found: dict[str, Any]) -> None:
    assert content(item, ProjectionExpression=projection) == found


@pytest.mark.parametrize(
    ("asked", "returned"),
    {
        "NONE": {},
        "ALL_OLD": {**ITEM, "ns": {"NS": ["1", "2.5", "3"]}},
        "UPDATED_OLD": {"l": ITEM["l"], "ss": ITEM["ss"]},
        "UPDATED_NEW": {"l": {"L": [*ITEM["l"]["L"][:2], ONE]}, "q": ONE},
    }.items(),
)
def test_an_update_returns_what_is_asked_for(item: Any, asked: str, returned: dict[str, Any]) -> None:
    request = update("SET l[2] = :v, q = :v REMOVE ss", KEY, ReturnValues=asked, **values(v=ONE))
    found = item._make_api_call(*request).get("Attributes", {})
    assert {name: unordered(value) for name, value in found.items()} == {
        name: unordered(value) for name, value in returned.items()
    }


def test_a_failed_condition_shows_the_item_when_asked(item: Any) -> None:
    request = delete(KEY, ReturnValuesOnConditionCheckFailure="ALL_OLD", **where("attribute_not_exists(id)"))
    with pytest.raises(ClientError) as failed:
        item._make_api_call(*request)
    shown: Any = failed.value.response
    assert shown["Item"]["n"] == TEN


def test_a_cancelled_transaction_names_each_reason(item: Any) -> None:
    shown = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    request = transaction(
        check("attribute_not_exists(id)", KEY, **shown),
        put(key("expressions", "new")),
        delete(key("expressions", "none"), **where("attribute_exists(id)", **shown)),
    )
    with pytest.raises(ClientError) as cancelled:
        item._make_api_call(*request)
    reasons: Any = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["ConditionalCheckFailed", "None", "ConditionalCheckFailed"]
    assert reasons[0]["Item"]["n"] == TEN
    assert "Item" not in reasons[2]
    assert not content(item, key("expressions", "new"))


def test_a_transaction_with_the_same_token_is_made_once(dynamodb: Any) -> None:
    def add(of: str, token: str) -> str:
        added = transaction(update("ADD n :v", key("tokens", "x"), **values(v={"N": of})))
        return code_of(dynamodb, (added[0], {**added[1], "ClientRequestToken": token}))

    dynamodb._make_api_call(*delete(key("tokens", "x")))
    assert [add("1", "first"), add("1", "first"), add("1", "second")] == ["", "", ""]
    assert add("2", "first") == "IdempotentParameterMismatchException"
    assert content(dynamodb, key("tokens", "x"))["n"] == TWO


@pytest.mark.parametrize(("condition", "case"), KEYS.items(), ids=KEYS)
def test_a_query_finds_a_range(ten: Any, condition: str, case: tuple[dict[str, Any], range]) -> None:
    placeholders, places = case
    found = ten._make_api_call(*query(condition, **values(v="ten", **placeholders)))["Items"]
    assert [item["place"]["S"] for item in found] == [str(place) for place in places]


@pytest.mark.parametrize(("condition", "placeholders"), NO_KEYS.items(), ids=NO_KEYS)
def test_a_query_without_its_keys_is_refused(ten: Any, condition: str, placeholders: dict[str, Any]) -> None:
    assert code_of(ten, query(condition, **values(v="ten", **placeholders))) == "ValidationException"


def test_a_full_page_has_a_key_to_go_on_from(ten: Any) -> None:
    pages: list[list[str]] = []
    start: dict[str, Any] = {}
    while len(pages) < 9:
        page = ten._make_api_call(*query("id = :v", ScanIndexForward=False, Limit=5, **start, **values(v="ten")))
        pages.append([item["place"]["S"] for item in page["Items"]])
        if "LastEvaluatedKey" not in page:
            break
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert pages == [["9", "8", "7", "6", "5"], ["4", "3", "2", "1", "0"], []]


def test_a_page_ends_with_the_item_that_reaches_1_megabyte(dynamodb: Any) -> None:
    for place in range(6):
        dynamodb._make_api_call(*put({**key("big", str(place)), "v": text("v" * 300_000)}))
    page = dynamodb._make_api_call(*query("id = :v", **values(v="big")))
    assert (page["Count"], page["LastEvaluatedKey"]) == (4, key("big", "3"))


def test_an_index_has_its_keys_and_the_tables_in_the_key_of_a_page(dynamodb: Any) -> None:
    for place in range(3):
        item = {**key("indexed", str(place)), "owner_id": text("me"), "since": number(place)}
        dynamodb._make_api_call(*put(item))
    last = {**key("indexed", "1"), "owner_id": text("me"), "since": ONE}
    page = dynamodb._make_api_call(*query("owner_id = :v", IndexName="by_owner", Limit=2, **values(v="me")))
    assert page["LastEvaluatedKey"] == last
    rest = dynamodb._make_api_call(
        *query("owner_id = :v", IndexName="by_owner", ExclusiveStartKey=last, Select="COUNT", **values(v="me"))
    )
    assert (rest["Count"], "Items" in rest) == (1, False)


def test_an_index_is_never_read_consistently(dynamodb: Any) -> None:
    request = query("owner_id = :v", IndexName="by_owner", ConsistentRead=True, **values(v="me"))
    assert code_of(dynamodb, request) == "ValidationException"
