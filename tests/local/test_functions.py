"""Lambda as a caller sees it: names, answers, failures, time limits, planned crashes."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import RunningCloud, deployed

ARN = "arn:aws:lambda:us-east-2:111122223333:function"
NAMES = [
    "aws-drs-orchestration-query-handler-local",
    "aws-drs-orchestration-query-handler-local:live",
    f"{ARN}:aws-drs-orchestration-query-handler-local",
    f"{ARN}:aws-drs-orchestration-query-handler-local:live",
]
NOT_NAMES = [
    "query-handler",
    "aws-drs-orchestration-local-query-handler",
    "aws-drs-orchestration-query-handler-qa",
    "aws-drs-orchestration-query-handler-local:old",
    "aws-drs-orchestration-query-handler-local:1",
    "arn:aws:lambda:us-east-2:999999999999:function:aws-drs-orchestration-query-handler-local",
    "arn:aws:lambda:eu-west-1:111122223333:function:aws-drs-orchestration-query-handler-local:live",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_found_by_its_name_or_arn_with_or_without_an_alias(cloud: RunningCloud, name: str) -> None:
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=b'{"n": 1}')
    assert "FunctionError" not in answer
    payload = json.loads(answer["Payload"].read())
    assert payload["event"] == {"n": 1}
    assert payload["arn"].endswith(name.rpartition("function:")[2]), "an alias shows in the ARN that the function sees"


@pytest.mark.parametrize("name", NOT_NAMES)
def test_no_other_spelling_of_a_name_is_answered(cloud: RunningCloud, name: str) -> None:
    for call in ("invoke", "get_function"):
        with pytest.raises(ClientError) as caught:
            getattr(cloud.client("lambda"), call)(FunctionName=name)
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_only_the_aliases_of_the_deployment_exist(cloud: RunningCloud) -> None:
    client, name = cloud.client("lambda"), deployed("query-handler")
    for alias in ("live", "workflow", "$LATEST"):
        assert client.invoke(FunctionName=name, Qualifier=alias, Payload=b"{}")["StatusCode"]
    for other, alias in (("query-handler", "rest"), ("inventory-sync", "live"), ("execution-handler", "old")):
        with pytest.raises(ClientError) as caught:
            client.invoke(FunctionName=deployed(other), Qualifier=alias, Payload=b"{}")
        assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_the_remaining_time_is_that_of_the_configuration(cloud: RunningCloud) -> None:
    _, payload = cloud.invoke("query-handler", {})
    assert 0 < payload["left"] <= 60_000


def test_an_unknown_function_is_named_in_the_refusal(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.invoke("no-handler", {})
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert "no-handler" in str(caught.value)


def test_an_event_nested_deeper_than_can_be_read_is_refused(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.client("lambda").invoke(FunctionName=deployed("query-handler"), Payload=b"[" * 100_000)
    assert caught.value.response["Error"]["Code"] == "InvalidRequestContentException"


def test_a_failure_is_reported_in_the_payload_as_lambda_does(cloud: RunningCloud) -> None:
    error, payload = cloud.invoke("execution-handler", {"do": "fail", "name": "plain"})
    assert error == "Unhandled"
    assert payload["errorType"] == "ValueError"
    assert payload["errorMessage"] == "plain failed"
    assert payload["stackTrace"]


def test_an_event_invocation_is_answered_at_once(cloud: RunningCloud) -> None:
    answer = cloud.client("lambda").invoke(
        FunctionName=deployed("query-handler"), InvocationType="Event", Payload=b"{}"
    )
    assert answer["StatusCode"] == 202


def test_functions_can_be_listed_and_described_as_the_deployment_guide_does(cloud: RunningCloud) -> None:
    client = cloud.client("lambda")
    names = {function["FunctionName"] for function in client.list_functions()["Functions"]}
    # One function serves all routes; a view is not a function.
    functions = ("api-handler", "query-handler", "execution-handler", "inventory-sync")
    assert names == {deployed(function) for function in functions}
    described = client.get_function(FunctionName=deployed("query-handler"))["Configuration"]
    assert described["FunctionName"] == deployed("query-handler")
    assert {"Runtime", "MemorySize", "Timeout", "CodeSize"} <= set(described)


def _put(table: str, day: str) -> dict[str, object]:
    return {
        "do": "call",
        "service": "dynamodb",
        "method": "put_item",
        "arguments": {
            "TableName": f"aws-drs-orchestration-{table}-local",
            "Item": {"audit_day": {"S": day}, "entry_id": {"S": "1"}, "lease": {"S": day}},
        },
    }


def _leases(cloud: RunningCloud, lease: str) -> bool:
    table = "aws-drs-orchestration-server-leases-local"
    return "Item" in cloud.client("dynamodb").get_item(TableName=table, Key={"lease": {"S": lease}})


@pytest.mark.parametrize(("when", "written"), [("before", False), ("after", True)])
def test_a_function_can_be_made_to_crash_around_one_of_its_calls(cloud: RunningCloud, when: str, written: bool) -> None:
    event = _put("server-leases", f"crash-{when}")
    crash = {
        "function": "execution-handler",
        "service": "dynamodb",
        "operation": "PutItem",
        "when": when,
        "matching": {"TableName": "aws-drs-orchestration-server-leases-local"},
    }
    assert cloud.http("POST", "/_local/crashes", body=json.dumps(crash).encode()).status == 201
    error, payload = cloud.invoke("execution-handler", event)
    assert error == "Unhandled"
    assert payload["errorType"] == "Runtime.ExitError"
    assert _leases(cloud, f"crash-{when}") is written
    error, _ = cloud.invoke("execution-handler", event)
    assert error is None, "a function crashes once"


def test_a_crash_of_an_unknown_function_is_refused(cloud: RunningCloud) -> None:
    crash = {"function": "no-handler", "service": "dynamodb", "operation": "PutItem"}
    assert cloud.http("POST", "/_local/crashes", body=json.dumps(crash).encode()).status == 400


def test_a_scheduled_function_can_be_run_by_hand_with_the_event_of_its_schedule(cloud: RunningCloud) -> None:
    answer = cloud.http("POST", "/_local/schedules/inventory-sync/run", body=b"").json()
    assert answer["functionError"] is None
    assert answer["payload"]["detailType"] == "Scheduled Event"


def test_the_rules_of_schedules_are_where_operators_look_for_them(cloud: RunningCloud) -> None:
    [rule] = cloud.client("events").list_rules(NamePrefix="aws-drs-orchestration")["Rules"]
    assert rule["Name"] == "aws-drs-orchestration-inventory-sync-local"
    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    [target] = cloud.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert target["Arn"].endswith("aws-drs-orchestration-inventory-sync-local")
