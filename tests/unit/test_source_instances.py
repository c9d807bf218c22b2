"""Reading the instances that source servers run on: in batches, in their own account, Region by Region."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from chalicelib.domain.estate.accounts import TargetAccount
from chalicelib.domain.estate.servers import OperatingSystem, SourceServer
from chalicelib.management.estate.source_instances import read_source_instances
from tests.unit.domain.records import ACCOUNT

HUB = TargetAccount(ACCOUNT, "Target")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def server(number: int, *, account_id: str = ACCOUNT, region: str = "us-west-1") -> SourceServer:
    made = SourceServer(f"s-{number}", ACCOUNT, "us-east-1", "web", OperatingSystem.LINUX, "CONTINUOUS", 0, {}, NOW)
    origin = {"source_account_id": account_id, "source_region": region, "source_instance_id": f"i-{number}"}
    return msgspec.structs.replace(made, **origin)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The calls of EC2, as Region and number of instances; one Region refuses them."""
    calls: list[tuple[str, int]] = []

    def answer(client: Any, operation: str, given: dict[str, Any]) -> Any:
        ids = given["Filters"][0]["Values"]
        calls.append((client.meta.region_name, len(ids)))
        if client.meta.region_name == "eu-west-1":
            error = {"Code": "UnauthorizedOperation", "Message": "You are not authorized."}
            response: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(response, operation)
        return {"Reservations": [{"Instances": [{"InstanceId": item, "InstanceType": "m5.large"} for item in ids]}]}

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)
    return calls


def test_instances_are_read_in_batches_of_200_for_each_region(asked: list[tuple[str, int]]) -> None:
    servers = [server(number) for number in range(450)] + [server(1_000, region="us-west-2")]
    read = read_source_instances(HUB, servers)
    assert asked == [("us-west-1", 200), ("us-west-1", 200), ("us-west-1", 50), ("us-west-2", 1)]
    assert (len(read.found), read.problem) == (451, "")


def test_servers_of_other_accounts_and_from_outside_aws_cost_no_call(asked: list[tuple[str, int]]) -> None:
    outside = msgspec.structs.replace(server(2), source_instance_id="", source_region="", source_account_id="")
    assert read_source_instances(HUB, [server(1, account_id="999999999999"), outside]).found == {}
    assert asked == []


def test_a_region_that_refuses_stops_no_other_and_says_why(asked: list[tuple[str, int]]) -> None:
    read = read_source_instances(HUB, [server(1, region="eu-west-1"), server(2)])
    assert list(read.found) == ["i-2"]
    assert read.problem.startswith("eu-west-1: ")
    assert "UnauthorizedOperation" in read.problem or "not authorized" in read.problem
