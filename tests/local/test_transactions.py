"""Transactions of the local DynamoDB are all or nothing, whatever the items were before."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.transactions import keep_back_only_what_transactions_touch
from tests.conftest import Clouds

TABLE = "things"


@pytest.fixture
def dynamodb(clouds: Clouds) -> Any:
    """A table of moto's own. moto's state belongs to the process, so a running cloud would lose its tables."""
    clouds.stop()
    keep_back_only_what_transactions_touch()
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-2")
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client.put_item(TableName=TABLE, Item={"id": {"S": "old"}, "value": {"N": "1"}})
        client.put_item(TableName=TABLE, Item={"id": {"S": "kept"}, "value": {"N": "1"}})
        yield client


def test_a_failed_transaction_leaves_everything_as_it_was(dynamodb: Any) -> None:
    before = dynamodb.scan(TableName=TABLE)["Items"]
    with pytest.raises(ClientError, match="TransactionCanceled"):
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": TABLE, "Item": {"id": {"S": "new"}}}},
                {
                    "Update": {
                        "TableName": TABLE,
                        "Key": {"id": {"S": "old"}},
                        "UpdateExpression": "SET #v = :v",
                        "ExpressionAttributeNames": {"#v": "value"},
                        "ExpressionAttributeValues": {":v": {"N": "2"}},
                    }
                },
                {"Delete": {"TableName": TABLE, "Key": {"id": {"S": "kept"}}}},
                {
                    "ConditionCheck": {
                        "TableName": TABLE,
                        "Key": {"id": {"S": "missing"}},
                        "ConditionExpression": "attribute_exists(id)",
                    }
                },
            ]
        )
    assert sorted(dynamodb.scan(TableName=TABLE)["Items"], key=str) == sorted(before, key=str)


def test_a_transaction_whose_conditions_hold_is_written(dynamodb: Any) -> None:
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": TABLE, "Item": {"id": {"S": "new"}}}},
            {"Delete": {"TableName": TABLE, "Key": {"id": {"S": "old"}}}},
        ]
    )
    assert {item["id"]["S"] for item in dynamodb.scan(TableName=TABLE)["Items"]} == {"new", "kept"}
