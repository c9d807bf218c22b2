"""Calls of this process to AWS: which have a connection, and what becomes of an answer that is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from drs_emulator import ConnectionDropped
from local.cloud import LocalCloud
from local.moto_pace import new_session
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


def client_of(cloud: LocalCloud, service: str) -> Any:
    return new_session().client(
        service,
        region_name=REGION,
        endpoint_url=cloud.endpoint,
        aws_access_key_id=cloud.administrator_key(ACCOUNT),
        aws_secret_access_key="not verified",
        config=Config(read_timeout=1, retries={"mode": "standard", "total_max_attempts": 1}),
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
