"""Calls of this process to AWS: which have a connection or a request, and what becomes of an answer that is lost."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drs_emulator import ConnectionDropped
from local.cloud import LocalCloud
from local.dynamodb.items import Items
from tests.conftest import Clouds

ACCOUNT, REGION = "222233334444", "us-east-1"
ARN = f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/s-11111111111111111"

Connected = Callable[[Any], list[str]]


@pytest.fixture
def cloud(clouds: Clouds) -> LocalCloud:
    return clouds.running()


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Connected:
    """Notes from now on which requests of a client need its connection."""

    def watch(client: Any) -> list[str]:
        session, sent = client._endpoint.http_session, list[str]()
        send = session.send

        def noted(request: Any) -> Any:
            sent.append(request.url)
            return send(request)

        monkeypatch.setattr(session, "send", noted)
        return sent

    return watch


def client_of(cloud: LocalCloud, service: str, **choices: Any) -> Any:
    session: Any = boto3.session.Session()
    return session.client(
        service,
        region_name=REGION,
        endpoint_url=cloud.endpoint,
        aws_access_key_id=cloud.administrator_key(ACCOUNT),
        aws_secret_access_key="not verified",
        config=Config(read_timeout=1, retries={"mode": "standard", "total_max_attempts": 1}, **choices),
    )


def test_a_call_has_no_connection(cloud: LocalCloud, connected: Connected) -> None:
    client = client_of(cloud, "sts")
    requests = connected(client)
    assert client.get_caller_identity()["Account"] == ACCOUNT
    assert requests == []


def test_a_call_that_is_observed_has_a_connection(cloud: LocalCloud, connected: Connected) -> None:
    client = client_of(cloud, "sts")
    requests = connected(client)
    stop = cloud.front.observe(lambda call, function: None)
    client.get_caller_identity()
    stop()
    client.get_caller_identity()
    assert len(requests) == 1


def test_a_slow_answer_of_drs_is_ended_by_the_clients_own_timeout(cloud: LocalCloud, connected: Connected) -> None:
    client = client_of(cloud, "drs")
    requests = connected(client)
    slow = cloud.emulator.add_fault(
        {"kind": "SLOW_CALL", "match": {"operation": "ListTagsForResource"}, "parameters": {"delaySeconds": 3.0}}
    )
    try:
        with pytest.raises(ReadTimeoutError):
            client.list_tags_for_resource(resourceArn=ARN)
    finally:
        cloud.emulator.remove_fault(slow)
    assert len(requests) == 1


def test_an_answer_of_drs_that_is_lost_without_a_connection_looks_like_a_closed_one(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(**_: Any) -> Any:
        raise ConnectionDropped("The answer was lost.")

    monkeypatch.setattr(cloud.emulator, "respond", lose)
    with pytest.raises(ConnectionClosedError):
        client_of(cloud, "drs").list_tags_for_resource(resourceArn=ARN)


TABLE = "direct-calls"
KEY = {"id": {"S": "a"}}
VALUES = [
    {"S": "x"},
    {"S": "\ud800"},
    {"N": "1"},
    {"B": b"\x00\xff"},
    {"BS": [b"1", b"2"]},
    {"L": [{"B": b"3"}, {"NULL": True}]},
]
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"ConditionExpression": "attribute_exists(id)"},
    {"ConditionExpression": "attribute_not_exists(id)", "ReturnValuesOnConditionCheckFailure": "ALL_OLD"},
    {"ConditionExpression": "wrong ="},
]
Call = tuple[str, dict[str, Any]]


def calls_with(value: dict[str, Any], condition: dict[str, Any], table: str) -> list[Call]:
    here = {"TableName": table}
    put, keyed = {**here, "Item": {**KEY, "v": value}, **condition}, {**here, "Key": KEY}
    update = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": value}, **condition}
    match = {"KeyConditionExpression": "id = :a", "ExpressionAttributeValues": {":a": KEY["id"]}}
    return [
        ("PutItem", {**put, "ReturnValues": "ALL_OLD", "ReturnConsumedCapacity": "TOTAL"}),
        ("GetItem", {**keyed, "ConsistentRead": True}),
        ("UpdateItem", {**keyed, **update, "ReturnValues": "ALL_NEW"}),
        ("DeleteItem", {**keyed, **condition}),
        ("Query", {**here, **match}),
        ("Scan", {**here, "Limit": 1}),
        ("BatchGetItem", {"RequestItems": {table: {"Keys": [KEY]}}}),
        ("BatchWriteItem", {"RequestItems": {table: [{"PutRequest": {"Item": {**KEY, "v": value}}}]}}),
        ("TransactWriteItems", {"TransactItems": [{"Put": put}]}),
        ("TransactWriteItems", {"TransactItems": [{"Update": {**keyed, **update}}]}),
        ("TransactGetItems", {"TransactItems": [{"Get": keyed}]}),
    ]


CALLS = st.builds(
    calls_with, st.sampled_from(VALUES), st.sampled_from(CONDITIONS), st.sampled_from([TABLE] * 4 + ["none"])
)


def answers_of(client: Any, calls: list[Call]) -> list[Any]:
    """What becomes of the calls on a table without items, but for the ids of the requests."""
    client.delete_item(TableName=TABLE, Key=KEY)
    answers: list[Any] = []
    for operation, arguments in calls:
        try:
            answer = client._make_api_call(operation, dict(arguments))  # botocore adds a token to a transaction
        except ClientError as error:
            answer = {"raised": type(error).__name__, "text": str(error), **error.response}
        metadata = answer.pop("ResponseMetadata")
        answers.append((answer, metadata["HTTPStatusCode"]))
    return answers


@pytest.fixture
def table(cloud: LocalCloud) -> Any:
    administrator = client_of(cloud, "dynamodb")
    if TABLE not in administrator.list_tables()["TableNames"]:
        administrator.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
    return administrator


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> Connected:
    """Notes from now on which calls of a client have a request."""

    def watch(client: Any) -> list[str]:
        serializer, seen = client._serializer, list[str]()
        serialize = serializer.serialize_to_request

        def noted(arguments: Any, model: Any) -> Any:
            seen.append(model.name)
            return serialize(arguments, model)

        monkeypatch.setattr(serializer, "serialize_to_request", noted)
        return seen

    return watch


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(CALLS.flatmap(st.sampled_from), min_size=1, max_size=8))
def test_a_call_without_a_request_has_the_same_answer(cloud: LocalCloud, table: Any, calls: list[Call]) -> None:
    client = client_of(cloud, "dynamodb", parameter_validation=False)
    answers_of(client, calls)  # afterwards their forms are known
    assert answers_of(client, calls) == answers_of(table, calls)


def test_only_the_first_call_of_a_form_has_a_request(cloud: LocalCloud, table: Any, prepared: Connected) -> None:
    client = client_of(cloud, "dynamodb", parameter_validation=False)
    requests = prepared(client)
    for _ in range(3):
        client.get_item(TableName=TABLE, Key=KEY)
        client.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True)
    assert requests == ["GetItem", "GetItem"]
    with pytest.raises(KeyError, match="Unheard"):
        client.get_item(TableName=TABLE, Key=KEY, Unheard=True)
    requests = prepared(table)
    for _ in range(2):
        table.get_item(TableName=TABLE, Key=KEY)
    assert requests == ["GetItem", "GetItem"], "a client that validates its arguments prepares each request"


def test_a_failure_of_the_tables_is_tried_again_with_a_request(
    cloud: LocalCloud, table: Any, prepared: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(cloud, "dynamodb", parameter_validation=False)
    client.get_item(TableName=TABLE, Key=KEY)
    requests, tries = prepared(client), list[str]()
    answer = Items.answer

    def fail_once(self: Items, operation: str, params: Any, **more: Any) -> Any:
        if params.get("TableName") == TABLE:  # others may call, too
            tries.append(operation)
            if len(tries) == 1:
                raise RuntimeError("The tables failed.")
        return answer(self, operation, params, **more)

    monkeypatch.setattr(Items, "answer", fail_once)
    answered = client.get_item(TableName=TABLE, Key=KEY)
    assert answered["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert (requests, tries) == (["GetItem"], ["GetItem"] * 2)
