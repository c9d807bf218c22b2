"""DynamoDB under many callers: conditions hold, and transactions are never applied in part."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.local.conftest import RunningCloud

LEASES = "aws-drs-orchestration-server-leases-local"


def test_of_many_conditional_writes_exactly_one_wins(cloud: RunningCloud) -> None:
    client = cloud.client("dynamodb")
    lease = str(uuid.uuid4())

    def claim(owner: int) -> bool:
        item = {"lease": {"S": lease}, "owner": {"N": str(owner)}}
        try:
            client.put_item(TableName=LEASES, Item=item, ConditionExpression="attribute_not_exists(lease)")
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(claim, range(64)))
    assert won.count(True) == 1


def test_transactions_that_share_an_item_are_never_applied_in_part(cloud: RunningCloud) -> None:
    client = cloud.client("dynamodb")
    run = str(uuid.uuid4())

    def put(lease: str, owner: int) -> dict[str, Any]:
        item = {"lease": {"S": lease}, "owner": {"N": str(owner)}}
        return {"Put": {"TableName": LEASES, "Item": item, "ConditionExpression": "attribute_not_exists(lease)"}}

    def claim(owner: int) -> bool:
        try:
            client.transact_write_items(TransactItems=[put(f"{run}-shared", owner), put(f"{run}-{owner}", owner)])
        except client.exceptions.TransactionCanceledException:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(claim, range(32)))
    assert won.count(True) == 1
    held = [n for n in range(32) if "Item" in client.get_item(TableName=LEASES, Key={"lease": {"S": f"{run}-{n}"}})]
    assert held == [won.index(True)]


def test_every_table_of_the_template_exists(cloud: RunningCloud) -> None:
    names = cloud.client("dynamodb").list_tables()["TableNames"]
    assert {"executions", "wave-runs", "audit-logs"} <= {
        name.removeprefix("aws-drs-orchestration-").removesuffix("-local") for name in names
    }
