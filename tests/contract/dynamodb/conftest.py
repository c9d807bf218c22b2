"""A table behind the local cloud's endpoint, served by the DynamoDB engine that the suite runs on."""

from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local import guard
from local.cloud import LocalCloud
from tests.conftest import Clouds

TABLE = "rules"
KEYS = (("id", "HASH"), ("place", "RANGE"))
TYPES = {"id": "S", "place": "S", "owner_id": "S", "since": "N", "shelf": "S"}
INDEXES = {"by_owner": (("owner_id", "HASH"), ("since", "RANGE")), "by_shelf": (("id", "HASH"), ("shelf", "RANGE"))}


def _schema(keys: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys]


@pytest.fixture
def cloud(clouds: Clouds) -> LocalCloud:
    return clouds.running()


@pytest.fixture
def dynamodb(cloud: LocalCloud) -> Any:
    """A client without checks of its own, like PynamoDB's, for a table that has one item."""
    client: Any = boto3.client(
        "dynamodb",
        region_name="us-east-2",
        endpoint_url=cloud.endpoint,
        aws_access_key_id=guard.HUB_ACCESS_KEY,
        aws_secret_access_key=guard.LOCAL_SECRET,
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    indexes = [
        {"IndexName": name, "KeySchema": _schema(keys), "Projection": {"ProjectionType": "ALL"}}
        for name, keys in INDEXES.items()
    ]
    # Another test of the same cloud may have created it.
    with suppress(client.exceptions.ResourceInUseException):
        client.create_table(
            TableName=TABLE,
            KeySchema=_schema(KEYS),
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in TYPES.items()],
            GlobalSecondaryIndexes=indexes,
            BillingMode="PAY_PER_REQUEST",
        )
    client.put_item(TableName=TABLE, Item={"id": {"S": "a"}, "place": {"S": "x"}})
    return client
