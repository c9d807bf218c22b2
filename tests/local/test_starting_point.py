"""Tests see nothing of what others have done in the local cloud that they share."""

from threading import Event, Timer
from typing import Any

import pytest

from local.aws_calls import AwsCall
from tests.conftest import Clouds
from tests.integration.conftest import EAST, REGION_OF
from tests.observed import MANAGEMENT, before_the_first, named
from tests.starting_point import StartingPoint

TABLE = "aws-drs-orchestration-recovery-plans-local"
PLAN = {"plan_id": {"S": "left"}, "name": {"S": "Left by a test"}}


def test_a_cloud_returns_to_its_start_and_gives_no_identifier_twice(clouds: Clouds) -> None:
    cloud = clouds.running()
    dynamodb: Any = cloud.client("dynamodb")
    drs: Any = cloud.client("drs", account=EAST, region=REGION_OF[EAST])
    kept = {"plan_id": {"S": "kept"}}
    dynamodb.put_item(TableName=TABLE, Item=kept)
    start = StartingPoint(cloud)

    def servers() -> set[str]:
        pages = drs.get_paginator("describe_source_servers").paginate()
        return {server["sourceServerID"] for page in pages for server in page["items"]}

    def a_drill_of(server_id: str) -> str:
        job = drs.start_recovery(isDrill=True, sourceServers=[{"sourceServerID": server_id}])["job"]
        return str(job["jobID"])

    def left() -> tuple[str, str]:
        server_id = cloud.emulator.add_source_server(EAST, REGION_OF[EAST], hostname="left")
        dynamodb.put_item(TableName=TABLE, Item=PLAN)
        dynamodb.delete_item(TableName=TABLE, Key=kept)
        return server_id, a_drill_of(server_id)

    before = servers()
    server_id, job_id = left()
    start.return_to_it()
    assert server_id not in before
    assert servers() == before
    assert drs.describe_jobs(filters={"jobIDs": [job_id]})["items"] == []
    assert [item["plan_id"] for item in dynamodb.scan(TableName=TABLE)["Items"]] == [kept["plan_id"]]
    assert left()[1] != job_id
    start.return_to_it()
    dynamodb.delete_item(TableName=TABLE, Key=kept)


def test_a_call_that_goes_on_ends_before_the_next_test(clouds: Clouds) -> None:
    cloud = clouds.running()
    start, reached, goes_on = StartingPoint(cloud), Event(), Event()

    def wait(_: AwsCall) -> None:
        reached.set()
        goes_on.wait()

    with before_the_first(cloud, named("DescribeSourceServers"), wait):
        cloud.runtime.invoke_later(MANAGEMENT, {"operation": "handle_sync_source_server_inventory", "body": {}})
        reached.wait()
        Timer(0.1, goes_on.set).start()
        start.return_to_it()
        assert cloud.runtime.running == 0


@pytest.mark.parametrize("number", range(5), ids=str)
def test_each_test_finds_its_cloud_as_it_starts(clouds: Clouds, number: int) -> None:
    """Two of them have the same worker, as there are four at most."""
    dynamodb: Any = clouds.running().client("dynamodb")
    assert "Item" not in dynamodb.get_item(TableName=TABLE, Key={"plan_id": PLAN["plan_id"]})
    dynamodb.put_item(TableName=TABLE, Item=PLAN)
    assert "Item" in dynamodb.get_item(TableName=TABLE, Key={"plan_id": PLAN["plan_id"]}), number
