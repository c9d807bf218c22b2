"""The tables of the local cloud: a model gives the same answers, indexes the same items, streams the same writes."""

import json
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.exceptions import ClientError
from botocore.parsers import create_parser
from hypothesis import given, settings
from hypothesis import strategies as st

from local.direct_calls import parsed_items
from local.dynamodb.items import Items
from local.dynamodb.keys import Schema
from local.dynamodb.refusals import ConditionFailed, Refused
from local.dynamodb.storage import Table
from tests.conftest import Clouds

SCHEMA = Schema(
    keys=("id", "place"),
    indexes={"by_owner": ("owner", "n"), "by_size": ("n",)},
    types={"id": "S", "place": "N", "owner": "S", "n": "N"},
    projected={"by_owner": None, "by_size": ()},
    local=frozenset(),
)
NAME = "things"
STREAM = f"arn:aws:dynamodb:us-east-2:111122223333:table/{NAME}/stream/one"

keys = st.fixed_dictionaries(
    {
        "id": st.sampled_from("ab").map(lambda text: {"S": text}),
        "place": st.integers(1, 12).map(lambda n: {"N": str(n)}),
    }
)
others = st.fixed_dictionaries(
    {},
    optional={
        "owner": st.sampled_from("xyz").map(lambda text: {"S": text}),
        "n": st.integers(-3, 3).map(lambda n: {"N": str(n)}),
        "v": st.text(max_size=3).map(lambda text: {"S": text}),
    },
)
puts = st.builds(lambda key, rest: ("Put", {"Item": {**key, **rest}}), keys, others)
deletes = st.builds(lambda key: ("Delete", {"Key": key}), keys)
adds = st.builds(
    lambda key, number: (
        "Update",
        {
            "Key": key,
            "UpdateExpression": "ADD n :n REMOVE v",
            "ConditionExpression": "attribute_not_exists(n) OR n < :most",
            "ExpressionAttributeValues": {":n": {"N": str(number)}, ":most": {"N": "3"}},
        },
    ),
    keys,
    st.integers(-2, 2),
)
writes = st.one_of(puts, deletes, adds)


class Served:
    """One table without moto, and its calls."""

    def __init__(self) -> None:
        self.table = Table(NAME, SCHEMA)
        self.table.view = "NEW_AND_OLD_IMAGES"
        self._items = Items(lambda *_: self.table)

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        sent = json.loads(json.dumps({"TableName": NAME, **params}))
        return self._items.answer(operation, sent, account="111122223333", region="us-east-2")

    def write(self, kind: str, part: dict[str, Any]) -> bool:
        """Whether the write's condition holds."""
        try:
            self.call(f"{kind}Item", **part)
        except ConditionFailed:
            return False
        return True

    def pages(self, operation: str, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self.call(operation, **params)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return found
            params["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def stream(self) -> list[dict[str, Any]]:
        iterator = self.call("GetShardIterator", StreamArn=STREAM, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        records: list[dict[str, Any]] = []
        while page := (read := self.call("GetRecords", ShardIterator=iterator, Limit=3))["Records"]:
            records += page
            iterator = read["NextShardIterator"]
        return records


def identity(item: dict[str, Any]) -> tuple[str, int]:
    return item["id"]["S"], int(item["place"]["N"])


def model(items: dict[tuple[str, int], dict[str, Any]], kind: str, part: dict[str, Any]) -> bool:
    """Does a write as the manual says, on a plain dictionary; whether its condition holds."""
    place = identity(part.get("Item") or part["Key"])
    if kind == "Put":
        items[place] = part["Item"]
    elif kind == "Delete":
        items.pop(place, None)
    else:
        known = items.get(place, part["Key"])
        if "n" in known and int(known["n"]["N"]) >= 3:
            return False
        added = int(known.get("n", {"N": "0"})["N"]) + int(part["ExpressionAttributeValues"][":n"]["N"])
        items[place] = {**{name: value for name, value in known.items() if name != "v"}, "n": {"N": str(added)}}
    return True


@settings(max_examples=60, deadline=None)
@given(st.lists(writes, max_size=30), st.integers(1, 7))
def test_any_writes_give_what_a_model_gives(operations: list[tuple[str, dict[str, Any]]], limit: int) -> None:
    table = Served()
    expected: dict[tuple[str, int], dict[str, Any]] = {}
    for kind, part in operations:
        assert table.write(kind, part) == model(expected, kind, part)
    scanned = table.pages("Scan", Limit=limit)
    assert {identity(item): item for item in scanned} == expected
    assert len(scanned) == len(expected)
    for partition in "ab":
        for forward in (True, False):
            found = table.pages(
                "Query",
                KeyConditionExpression="id = :id AND place BETWEEN :low AND :high",
                ExpressionAttributeValues={":id": {"S": partition}, ":low": {"N": "2"}, ":high": {"N": "10"}},
                ScanIndexForward=forward,
                Limit=limit,
            )
            there = sorted(place for place in expected if place[0] == partition and 2 <= place[1] <= 10)
            assert [identity(item) for item in found] == (there if forward else there[::-1])


@settings(max_examples=60, deadline=None)
@given(st.lists(writes, max_size=30), st.integers(1, 7))
def test_an_index_has_what_a_scan_of_the_table_finds(operations: list[tuple[str, dict[str, Any]]], limit: int) -> None:
    table = Served()
    for kind, part in operations:
        table.write(kind, part)
    everything = table.pages("Scan")
    for owner in "xyz":
        found = table.pages(
            "Query",
            IndexName="by_owner",
            KeyConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":owner": {"S": owner}},
            Limit=limit,
        )
        there = [item for item in everything if item.get("owner") == {"S": owner} and "n" in item]
        assert found == sorted(there, key=lambda item: (int(item["n"]["N"]), *identity(item)))
    only_keys = [{name: item[name] for name in ("id", "place", "n")} for item in everything if "n" in item]
    scanned = table.pages("Scan", IndexName="by_size", Limit=limit)
    assert sorted(scanned, key=identity) == sorted(only_keys, key=identity)
    late = Table(NAME, SCHEMA)
    late.own = table.table.own
    late.indexes = {}
    late.follow(SCHEMA)
    for name, index in late.indexes.items():
        assert {key: part.records for key, part in index.partitions.items()} == {
            key: part.records for key, part in table.table.indexes[name].partitions.items()
        }


@settings(max_examples=60, deadline=None)
@given(st.lists(puts, max_size=8), st.lists(writes, min_size=1, max_size=6, unique_by=lambda write: str(key_of(write))))
def test_a_transaction_is_made_as_a_whole_or_not_at_all(
    first: list[tuple[str, dict[str, Any]]], together: list[tuple[str, dict[str, Any]]]
) -> None:
    table = Served()
    for kind, part in first:
        table.write(kind, part)
    before, streamed = table.pages("Scan"), table.stream()
    expected = {identity(item): item for item in before}
    holds = [model(expected, kind, part) for kind, part in together]
    entries = [{kind: {"TableName": NAME, **part}} for kind, part in together]
    if all(holds):
        table.call("TransactWriteItems", TransactItems=entries)
        assert {identity(item): item for item in table.pages("Scan")} == expected
    else:
        with pytest.raises(Refused) as refused:
            table.call("TransactWriteItems", TransactItems=entries)
        codes = [reason["Code"] for reason in refused.value.details["CancellationReasons"]]
        assert codes == ["None" if held else "ConditionalCheckFailed" for held in holds]
        assert (table.pages("Scan"), table.stream()) == (before, streamed)


@settings(max_examples=40, deadline=None)
@given(st.lists(writes, max_size=30))
def test_a_stream_tells_how_the_table_became_what_it_is(operations: list[tuple[str, dict[str, Any]]]) -> None:
    table = Served()
    for kind, part in operations:
        table.write(kind, part)
    told: dict[tuple[str, int], dict[str, Any]] = {}
    for record in table.stream():
        images, place = record["dynamodb"], identity(record["dynamodb"]["Keys"])
        assert images.get("OldImage") == told.get(place)
        assert images.get("OldImage") != images.get("NewImage")
        name = {(False, True): "INSERT", (True, True): "MODIFY", (True, False): "REMOVE"}
        assert record["eventName"] == name["OldImage" in images, "NewImage" in images]
        told.pop(place, None)
        if "NewImage" in images:
            told[place] = images["NewImage"]
    assert told == {identity(item): item for item in table.pages("Scan")}


def key_of(write: tuple[str, dict[str, Any]]) -> tuple[str, int]:
    return identity(write[1].get("Item") or write[1]["Key"])


@pytest.mark.parametrize(
    "params",
    [
        {"Expected": {}},
        {"AttributesToGet": ["id"]},
        {"ReturnConsumedCapacity": "INDEXES"},
        {"ReturnItemCollectionMetrics": "SIZE"},
    ],
)
def test_what_is_not_supported_is_refused(params: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        Served().call("GetItem", Key={"id": {"S": "a"}, "place": {"N": "1"}}, **params)
    assert refused.value.code == "NotSupportedLocally"


def test_a_batch_returns_the_keys_beyond_16_megabytes() -> None:
    table = Served()
    places = [{"id": {"S": "a"}, "place": {"N": str(number)}} for number in range(1, 43)]
    for key in places:
        table.write("Put", {"Item": {**key, "v": {"S": "v" * 409_000}}})
    answer = table.call("BatchGetItem", RequestItems={NAME: {"Keys": places, "ConsistentRead": True}})
    assert len(answer["Responses"][NAME]) == 41
    assert answer["UnprocessedKeys"] == {NAME: {"Keys": places[41:], "ConsistentRead": True}}


def test_reads_and_writes_say_what_they_consume() -> None:
    table, key = Served(), {"id": {"S": "a"}, "place": {"N": "1"}}
    asked = {"ReturnConsumedCapacity": "TOTAL"}
    item = {**key, "v": {"S": "v" * 9000}}
    consumed = [
        table.call("PutItem", Item=item, **asked),
        table.call("GetItem", Key=key, **asked),
        table.call("GetItem", Key=key, ConsistentRead=True, **asked),
        table.call("DeleteItem", Key=key, **asked),
    ]
    assert [answer["ConsumedCapacity"]["CapacityUnits"] for answer in consumed] == [9.0, 1.5, 3.0, 9.0]


def test_moto_counts_the_items_and_deletes_them_with_the_table(clouds: Clouds) -> None:
    client: Any = clouds.running().client("dynamodb")
    table: dict[str, Any] = {
        "TableName": "counted",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    client.create_table(**table)
    for name in "abb":
        client.put_item(TableName="counted", Item={"id": {"S": name}})
    assert client.describe_table(TableName="counted")["Table"]["ItemCount"] == 2
    client.delete_table(TableName="counted")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_item(TableName="counted", Key={"id": {"S": "a"}})
    client.create_table(**table)
    assert client.scan(TableName="counted")["Items"] == []
    client.delete_table(TableName="counted")
    with pytest.raises(ClientError, match="NotSupportedLocally"):
        client.execute_statement(Statement="SELECT * FROM counted")


VALUES = ({"S": '"B":'}, {"B": "AP8="}, {"L": [{"BS": ["AA=="]}, {"NULL": True}]}, {"N": "1.5"})


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_an_answer_is_read_as_botocore_reads_it(clouds: Clouds, value: dict[str, Any]) -> None:
    client: Any = clouds.running().client("dynamodb")
    shape = client.meta.service_model.operation_model("Query").output_shape
    item = {"id": {"S": "a"}, "v": value, "m": {"M": {"x": value, "y": {"BOOL": False}}}}
    content = {"Count": 1, "ScannedCount": 1, "Items": [item], "LastEvaluatedKey": {"id": {"S": "a"}}}
    headers = HeadersDict([("x-amzn-RequestId", "one")])
    response = {"headers": headers, "status_code": 200, "body": json.dumps(content).encode()}
    parser = create_parser("json")
    read = parsed_items(parser, response, shape)
    assert read == parser.parse(response, shape)
    assert read["Items"][0].keys() == item.keys()
