"""Input is checked against the model before anything happens, and every wrong field is named."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.waiting import PATIENCE_SECONDS

SIGNED = "AWS4-HMAC-SHA256 Credential=111111111111/20260301/us-east-1/drs/aws4_request, SignedHeaders=host, Signature=0"


def post(url: str, path: str, body: bytes, authorization: str | None = SIGNED) -> tuple[int, dict[str, str], Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
    request = urllib.request.Request(url + path, data=body, method="POST", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, dict(answer.headers), json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), json.loads(error.read())


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/StartRecovery", {"sourceServers": []}, "sourceServers"),
        ("/StartRecovery", {"sourceServers": [{"sourceServerID": "s-0123456789abcdef0"}] * 201}, "sourceServers"),
        ("/StartRecovery", {"sourceServers": [{"sourceServerID": "nonsense"}]}, "sourceServers[0].sourceServerID"),
        ("/StartRecovery", {"sourceServers": [{}]}, "sourceServers[0].sourceServerID"),
        ("/StartRecovery", {"sourceServers": "s-0123456789abcdef0"}, "sourceServers"),
        ("/StartRecovery", {"sourceServers": [{"sourceServerID": "s-" + "0" * 17}], "isDrill": "yes"}, "isDrill"),
        ("/StartRecovery", {"sourceServers": [{"sourceServerID": "s-" + "0" * 17}], "tags": {"a": 1}}, "tags.a"),
        ("/DescribeJobs", {"maxResults": 0}, "maxResults"),
        ("/DescribeJobs", {"maxResults": "10"}, "maxResults"),
        ("/DescribeJobs", {"filters": {"fromDate": "yesterday"}}, "filters.fromDate"),
        ("/DescribeJobs", {"nextToken": "made-up"}, "nextToken"),
        (
            "/DescribeSourceServers",
            {"filters": {"sourceServerIDs": ["s-" + "0" * 17] * 201}},
            "filters.sourceServerIDs",
        ),
        ("/TerminateRecoveryInstances", {"recoveryInstanceIDs": ["i-01234567"] * 201}, "recoveryInstanceIDs"),
        (
            "/UpdateLaunchConfiguration",
            {"sourceServerID": "s-" + "0" * 17, "launchDisposition": "SLEEPING"},
            "launchDisposition",
        ),
        ("/DescribeRecoverySnapshots", {"sourceServerID": "s-" + "0" * 17, "order": "UP"}, "order"),
    ],
)
def test_a_wrong_field_is_named(served: Any, path: str, body: dict[str, Any], field: str) -> None:
    status, headers, answer = post(served.url, path, json.dumps(body).encode())
    assert (status, headers["x-amzn-errortype"]) == (400, "ValidationException")
    assert field in [problem["name"] for problem in answer["fieldList"]]


def test_all_wrong_fields_are_named_at_once(served: Any) -> None:
    body = {"sourceServerID": "x", "order": "UP", "maxResults": 0}
    _, _, answer = post(served.url, "/DescribeRecoverySnapshots", json.dumps(body).encode())
    assert {problem["name"] for problem in answer["fieldList"]} == {"sourceServerID", "order", "maxResults"}


def test_unknown_members_are_ignored_as_aws_does(served: Any) -> None:
    assert post(served.url, "/DescribeJobs", b'{"newMember": 1}')[0] == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"\xff\xfe"])
def test_a_body_that_is_not_a_json_object_is_refused(served: Any, body: bytes) -> None:
    status, _, answer = post(served.url, "/DescribeJobs", body)
    assert (status, answer["reason"]) == (400, "cannotParse")


def test_unknown_path_is_an_unknown_operation(served: Any) -> None:
    status, headers, _ = post(served.url, "/MakeCoffee", b"{}")
    assert (status, headers["x-amzn-errortype"]) == (404, "UnknownOperationException")


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "MissingAuthenticationTokenException"),
        ("Bearer abc", "IncompleteSignatureException"),
        (SIGNED.replace("/drs/", "/ec2/"), "InvalidSignatureException"),
    ],
)
def test_a_call_without_usable_credentials_is_refused(served: Any, authorization: str | None, code: str) -> None:
    status, headers, _ = post(served.url, "/DescribeJobs", b"{}", authorization)
    assert (status, headers["x-amzn-errortype"]) == (403, code)


def test_unknown_ids_are_not_found(served: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        served.client().get_launch_configuration(sourceServerID="s-" + "0" * 17)
    with pytest.raises(ClientError, match=r"ValidationException.* s-0{17} was not found"):
        served.drill("s-" + "0" * 17)  # StartRecovery declares no ResourceNotFoundException
