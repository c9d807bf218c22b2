"""What the audit log stores of a request: everything except secrets."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.access.audit import (
    MAX_PARAMETER_CHARACTERS,
    describe_parameters,
    main_resource,
    request_digest,
    resource_ids,
)
from chalicelib.domain.access.masking import MASK, mask_values

SECRETS = [
    "password",
    "dbPassword",
    "externalId",
    "external_id",
    "taskToken",
    "Authorization",
    "awsSecret",
    "accessKey",
]

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["name", "planId", "waves", "tags"]), inner),
)


@pytest.mark.parametrize("key", SECRETS)
def test_secrets_are_masked_at_any_depth(key: str) -> None:
    assert mask_values({"a": [{"b": {key: "hush"}}], key: {"c": "hush"}}) == {"a": [{"b": {key: MASK}}], key: MASK}


@given(plain)
def test_everything_else_is_kept(value: object) -> None:
    assert mask_values(value) == value


@given(st.sampled_from(SECRETS), plain)
def test_no_secret_survives_anywhere(key: str, value: object) -> None:
    assert "hush-hush" not in describe_parameters({"around": [value, {key: ["hush-hush", {"x": "hush-hush"}]}]})


STEPS: list[dict[str, Any]] = [
    {"type": "SSM_COMMAND", "name": "Start", "commands": ["mysql -phush"], "timeoutSeconds": 60},
    {"type": "SSM_COMMAND", "name": "Run", "document": "dr-step-x", "parameters": {"key": ["hush"]}},
    {"type": "LAMBDA", "name": "Switch", "function": "dr-step-x", "payload": {"zone": "hush", "deep": [{"a": "hush"}]}},
    {"type": "HTTP", "name": "Ask", "url": "https://app.example/health?key=hush", "headers": {"X-Any": "hush"}},
]


@pytest.mark.parametrize("step", STEPS, ids=[step["type"] for step in STEPS])
def test_what_a_step_sends_belongs_to_its_owner(step: dict[str, Any]) -> None:
    """No list of names finds a password in a command."""
    shown = describe_parameters({"waves": [{"postActions": [step]}], "document": {"plans": [{"waves": [step]}]}})
    assert "hush" not in shown
    assert str(step["name"]) in shown


def test_the_digest_of_a_request_is_that_of_its_sorted_json() -> None:
    """So that a person who has the request can compute it: ``jq -cS . request.json``, without the line break."""
    body = {"b": "ü", "a": {"externalId": "hush"}}
    assert request_digest(body) == hashlib.sha256('{"a":{"externalId":"hush"},"b":"ü"}'.encode()).hexdigest()
    assert request_digest(body) == request_digest(dict(reversed(body.items())))
    assert request_digest(body) != request_digest({**body, "a": {"externalId": "hush!"}})
    assert len(request_digest({"odd": "\ud800", "n": float("nan")})) == 64


def test_long_parameters_are_cut() -> None:
    assert len(describe_parameters({"name": "x" * 10_000})) == MAX_PARAMETER_CHARACTERS


def test_the_ids_that_a_call_names_are_found() -> None:
    body = {"planId": "p", "groupId": "", "name": "n", "externalId": "hush", "executionId": "e", "limitId": 5}
    assert resource_ids(body) == ("executionId=e", "planId=p")


@pytest.mark.parametrize(
    ("ids", "main"),
    [
        ((), ""),
        (("planId=plan-1",), "plan-1"),
        (("groupId=pg-1", "serverId=s-1"), "pg-1"),
        (("accountId=1", "stagingAccountId=2"), "1"),
        (("instanceId=i-1",), "i-1"),
        (("resourceId=plan-1", "requestId=r-1"), ""),
        (("odd",), ""),
        (("planId=a=b",), "a=b"),
    ],
)
def test_an_entry_is_found_by_the_main_id_of_its_call(ids: tuple[str, ...], main: str) -> None:
    assert main_resource(ids) == main
