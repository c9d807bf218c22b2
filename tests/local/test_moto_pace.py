"""moto's answers stay the same without its needless work (keys, pages, directions, attribute types, conditions)."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from moto import backends, mock_aws
from moto.core.serialize import AttributePicker, BaseJSONSerializer, XFormedAttributePicker
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.ec2 import utils as ec2_utils
from moto.ec2.models.tags import TagBackend

from local import moto_pace
from local.dynamodb import narrow_queries
from tests.conftest import Clouds

TABLE = "things"
ANSWERS: tuple[dict[str, Any], ...] = (
    {},
    {"Limit": 3},
    {"Limit": 4},
    {"ScanIndexForward": False, "Limit": 2},
    {"FilterExpression": "#size > :two", "ExpressionAttributeNames": {"#size": "size"}},
)
CONDITIONS = (
    "",
    " AND begins_with(name, :prefix)",
    " AND name BETWEEN :low AND :high",
    " AND name >= :low",
    " AND name = :none",
)
INDEX = "by_wave"
INDEX_CONDITIONS = ("", " AND turn >= :low", " AND turn = :low")
VALUES = {
    ":id": {"S": "a"},
    ":prefix": {"S": "w1"},
    ":low": {"S": "w1#2"},
    ":high": {"S": "w2#1"},
    ":none": {"S": "w3"},
    ":two": {"N": "2"},
}


def _pages(client: Any) -> list[Any]:
    """Every page of every query: its items, their count, and the key that the next page starts after."""
    answers = []
    for condition in CONDITIONS:
        for options in ANSWERS:
            used = condition + options.get("FilterExpression", "")
            values = {name: value for name, value in VALUES.items() if name == ":id" or name in used}
            answers += _pages_of(
                client, KeyConditionExpression="id = :id" + condition, ExpressionAttributeValues=values, **options
            )
    for condition in INDEX_CONDITIONS:
        for options in ANSWERS[:-1]:
            values = {":wave": {"S": "w1"}, ":low": {"N": "2"}}
            answers += _pages_of(
                client,
                IndexName=INDEX,
                KeyConditionExpression="wave = :wave" + condition,
                ExpressionAttributeValues={name: values[name] for name in values if name in ":wave" + condition},
                **options,
            )
    return answers


def _pages_of(client: Any, **request: Any) -> list[Any]:
    pages = client.get_paginator("query").paginate(TableName=TABLE, **request, PaginationConfig={})
    return [(page["Items"], page["Count"], page.get("LastEvaluatedKey")) for page in pages]


def _answers() -> list[Any]:
    with mock_aws():
        client: Any = boto3.client("dynamodb", region_name="us-east-2")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "name", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "id", "AttributeType": "S"},
                {"AttributeName": "name", "AttributeType": "S"},
                {"AttributeName": "wave", "AttributeType": "S"},
                {"AttributeName": "turn", "AttributeType": "N"},
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": INDEX,
                    "KeySchema": [
                        {"AttributeName": "wave", "KeyType": "HASH"},
                        {"AttributeName": "turn", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for partition in ("a", "b"):
            for wave in range(3):
                for number in range(4):
                    item = {
                        "id": {"S": partition},
                        "name": {"S": f"w{wave}#{number}"},
                        "wave": {"S": f"w{wave}"},
                        "turn": {"N": str(number * 5)},
                        "size": {"N": str(number)},
                        "empty": {"S": ""},
                        "truth": {"BOOL": number % 2 == 0},
                        "nothing": {"NULL": True},
                        "bytes": {"B": b"\x00\xff"},
                        "set": {"SS": ["x"]},
                        "nested": {"M": {"list": {"L": [{"N": "1"}, {"S": "y"}]}}},
                    }
                    client.put_item(TableName=TABLE, Item=item)
        return [*_pages(client), *_tags()]


def _tags() -> list[Any]:
    """What EC2 says of tagged subnets, by id, by pattern, and by the values of a tag."""
    client: Any = boto3.client("ec2", region_name="us-east-2")
    subnets = client.describe_subnets()["Subnets"][:2]
    ids = [subnet["SubnetId"] for subnet in subnets]
    for number, subnet_id in enumerate(ids):
        client.create_tags(Resources=[subnet_id], Tags=[{"Key": "tier", "Value": f"t{number}"}])
    wanted = [{"resource-id": [ids[0]]}, {"resource-id": ids}, {"resource-id": ["subnet-*"]}, {"resource-id": ["none"]}]
    found = [
        client.describe_tags(Filters=[{"Name": name, "Values": values} for name, values in filters.items()])["Tags"]
        for filters in wanted
    ]
    for values in (["t0"], ["t?"], ["t0", "t1"], ["x"]):
        matching = client.describe_subnets(Filters=[{"Name": "tag:tier", "Values": values}])["Subnets"]
        found.append([tag for subnet in matching for tag in subnet["Tags"]])
    names = {subnet_id: str(number) for number, subnet_id in enumerate(ids)}
    return [[{**tag, "ResourceId": names.get(tag.get("ResourceId", ""))} for tag in tags] for tags in found]


@pytest.fixture
def original_moto(clouds: Clouds, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Undoes the shortcuts for this test, and stops a running cloud, because moto's mock would empty it."""
    clouds.stop()

    def put_back() -> None:
        monkeypatch.setattr(backends, "list_of_moto_modules", moto_pace._list_modules)
        monkeypatch.setattr(Table, "query", narrow_queries._query)
        monkeypatch.setattr(DynamoType, "cast_value", narrow_queries._cast_value)
        monkeypatch.setattr(DynamoType, "size", narrow_queries._measure)
        monkeypatch.setattr(DynamoType, "__deepcopy__", narrow_queries._deepcopy)
        monkeypatch.setattr(BaseJSONSerializer, "_serialize_type_structure", moto_pace._serialize_structure)
        monkeypatch.setattr(BaseJSONSerializer, "_serialize_type_map", moto_pace._serialize_map)
        monkeypatch.setattr(ConditionExpressionParser, "_lex_condition_expression", moto_pace._lex_all)
        monkeypatch.setattr(ec2_utils, "simple_aws_filter_to_re", moto_pace._filter_to_re)
        monkeypatch.setattr(TagBackend, "describe_tags", moto_pace._describe_all_tags)
        monkeypatch.setattr(AttributePicker, "get_possible_keys", moto_pace._derive_keys)
        monkeypatch.setattr(XFormedAttributePicker, "get_possible_keys", moto_pace._derive_keys_in_two_cases)

    return put_back


def test_every_answer_is_that_of_unmodified_moto(original_moto: Callable[[], None]) -> None:
    moto_pace.spare_moto_needless_work()
    spared = _answers()
    original_moto()
    assert spared == _answers()
    assert any(last for _, _, last in spared[: len(CONDITIONS)])
