"""DRS through the one endpoint: accounts are kept apart, and faults reach the client as over the network."""

import json

import pytest
from botocore.exceptions import ClientError, HTTPClientError

from tests.local.conftest import RunningCloud


def test_a_dropped_answer_closes_the_connection(cloud: RunningCloud) -> None:
    fault = {"kind": "DROPPED_CONNECTION", "match": {"operation": "ListTagsForResource"}, "times": 1}
    made = cloud.http("POST", "/_emulator/faults", body=json.dumps(fault).encode())
    assert made.status in (200, 201), made.body
    client = cloud.client("drs", region="us-east-1")
    arn = "arn:aws:drs:us-east-1:111122223333:source-server/s-11111111111111111"
    with pytest.raises(HTTPClientError):
        client.list_tags_for_resource(resourceArn=arn)
    with pytest.raises(ClientError, match="ListTagsForResource"):
        client.list_tags_for_resource(resourceArn=arn)


def test_the_hub_account_has_no_servers_of_its_own(cloud: RunningCloud) -> None:
    client = cloud.client("drs", region="us-east-1")
    client.initialize_service()
    assert client.describe_source_servers(filters={})["items"] == []
