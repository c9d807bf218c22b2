"""What a smoke test takes for a failure, so that the deployment goes back by itself."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scripts.deployment import smoke
from scripts.deployment.smoke import SmokeTestFailed


def refusing(operation: str) -> Any:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "not found"}}, operation)

    return refuse


def test_a_handler_that_cannot_be_invoked_is_a_failure() -> None:
    stage: Any = SimpleNamespace(name="qa", client=lambda _: SimpleNamespace(invoke=refusing("Invoke")))
    with pytest.raises(SmokeTestFailed, match=r"query-handler-qa:live cannot be invoked: .*not found"):
        smoke._by_invocation(stage)


def test_a_user_who_cannot_sign_in_is_a_failure_and_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens at the pool's address."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    removed: list[str] = []
    cognito = SimpleNamespace(
        meta=SimpleNamespace(endpoint_url="http://127.0.0.1:9"),
        admin_create_user=lambda **_: None,
        admin_set_user_password=lambda **_: None,
        admin_delete_user=lambda **given: removed.append(given["Username"]),
    )
    apis = SimpleNamespace(paginate=lambda: [{"items": [{"id": "a1", "name": "aws-drs-orchestration-qa"}]}])
    gateway = SimpleNamespace(meta=SimpleNamespace(endpoint_url="http://127.0.0.1:9"), get_paginator=lambda _: apis)
    stage: Any = SimpleNamespace(
        rest_api_name="aws-drs-orchestration-qa",
        region="us-east-2",
        outputs={"UserPoolId": "us-east-2_Pool", "UserPoolClientId": "client"},
        client=lambda service: cognito if service == "cognito-idp" else gateway,
    )
    with pytest.raises(SmokeTestFailed, match="A user of the pool us-east-2_Pool cannot sign in: "):
        smoke._as_user(stage)
    assert len(removed) == 1


def test_an_api_that_does_not_answer_a_stranger_is_a_failure() -> None:
    """Of a stage whose user pool is not its own."""
    apis = SimpleNamespace(paginate=lambda: [{"items": [{"id": "a1", "name": "aws-drs-orchestration-qa"}]}])
    gateway = SimpleNamespace(meta=SimpleNamespace(endpoint_url="http://127.0.0.1:9"), get_paginator=lambda _: apis)
    stage: Any = SimpleNamespace(rest_api_name="aws-drs-orchestration-qa", client=lambda _: gateway)
    with pytest.raises(SmokeTestFailed, match="/user did not answer: "):
        smoke._refuses_strangers(stage)
