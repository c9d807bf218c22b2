"""Step Functions as the product needs it: what its state machine relies on, run against the local functions."""

import json
import uuid
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import LocalCloud
from tests.local.conftest import RunningCloud
from tests.waiting import eventually

FUNCTION = "arn:aws:lambda:us-east-2:111122223333:function:aws-drs-orchestration-execution-handler-local:workflow"
LEASES = "aws-drs-orchestration-server-leases-local"


def _task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": 240, **fields}


def _waiting(key: str, **fields: Any) -> dict[str, Any]:
    """A task that stores its token under a key and waits until the token is sent back."""
    item = {"lease": {"S.$": key}, "token": {"S.$": "$$.Task.Token"}}
    payload = {
        "do": "call",
        "service": "dynamodb",
        "method": "put_item",
        "arguments": {"TableName": LEASES, "Item": item},
    }
    parameters = {"FunctionName": FUNCTION, "Payload": payload}
    fields = {"TimeoutSeconds": 240, **fields}
    resource = "arn:aws:states:::lambda:invoke.waitForTaskToken"
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, **fields}


class Machine:
    """The state machine of one test."""

    def __init__(self, cloud: RunningCloud | LocalCloud, start: str, states: dict[str, Any]) -> None:
        self._table = cloud.client("dynamodb")
        self.client = cloud.client("stepfunctions")
        definition = json.dumps({"StartAt": start, "States": states})
        name = f"test-{uuid.uuid4()}"
        role = "arn:aws:iam::111122223333:role/test"
        self.arn = self.client.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]

    def start(self, value: Any) -> str:
        answer = self.client.start_execution(stateMachineArn=self.arn, name=str(uuid.uuid4()), input=json.dumps(value))
        return str(answer["executionArn"])

    def status(self, execution: str) -> str:
        return str(self.client.describe_execution(executionArn=execution)["status"])

    def ended(self, execution: str) -> dict[str, Any]:
        eventually(lambda: self.status(execution) != "RUNNING")
        described: dict[str, Any] = self.client.describe_execution(executionArn=execution)
        return described

    def token(self, key: str) -> str | None:
        item = self._table.get_item(TableName=LEASES, Key={"lease": {"S": key}}, ConsistentRead=True).get("Item")
        return item["token"]["S"] if item else None


def test_thirty_children_wait_for_their_tokens_together_and_are_released_in_any_order(cloud: RunningCloud) -> None:
    run = str(uuid.uuid4())
    keys = [f"{run}-{number}" for number in range(30)]
    child = {
        "Await": _waiting("$.key", ResultPath="$.decision", Next="Pause"),
        "Pause": {"Type": "Wait", "SecondsPath": "$.decision.seconds", "End": True},
    }
    machine = Machine(
        cloud,
        "Run",
        {
            "Run": {
                "Type": "Map",
                "ItemsPath": "$.keys",
                "ItemSelector": {"key.$": "$$.Map.Item.Value", "execution.$": "$$.Execution.Name"},
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Await",
                    "States": child,
                },
                "End": True,
            }
        },
    )
    execution = machine.start({"keys": keys})
    tokens = [eventually(partial(machine.token, key)) for key in keys]
    assert len(set(tokens)) == 30
    for token in reversed(tokens):
        machine.client.send_task_success(taskToken=token, output='{"seconds": 1}')
    ended = machine.ended(execution)
    assert ended["status"] == "SUCCEEDED"
    assert [child["key"] for child in json.loads(ended["output"])] == keys


def test_retry_repeats_and_catch_names_the_error(cloud: RunningCloud) -> None:
    retry = [{"ErrorEquals": ["ValueError"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1.0}]
    catch = [{"ErrorEquals": ["ValueError"], "ResultPath": "$.error", "Next": "Caught"}]
    name = str(uuid.uuid4())
    machine = Machine(
        cloud,
        "Retried",
        {
            "Retried": _task(
                Parameters={"do": "fail", "name": name, "times": 2}, Retry=retry, ResultPath="$.result", Next="Failing"
            ),
            "Failing": _task(Parameters={"do": "fail", "name": "for ever"}, Catch=catch, Next="Missed"),
            "Missed": {"Type": "Fail"},
            "Caught": {"Type": "Pass", "End": True},
        },
    )
    output = json.loads(machine.ended(machine.start({}))["output"])
    assert output["result"] == {"attempts": 3}
    assert output["error"]["Error"] == "ValueError"
    assert "for ever failed" in output["error"]["Cause"]


def test_a_token_that_is_never_sent_back_times_out(cloud: RunningCloud) -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Late"}]
    key = str(uuid.uuid4())
    states = {
        "Await": _waiting("$.key", TimeoutSeconds=1, Catch=catch, End=True),
        "Late": {"Type": "Pass", "End": True},
    }
    machine = Machine(cloud, "Await", states)
    ended = machine.ended(machine.start({"key": key}))
    assert json.loads(ended["output"])["error"]["Error"] == "States.Timeout"


def test_a_failed_child_fails_the_distributed_map(cloud: RunningCloud) -> None:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Fail",
        "States": {"Fail": {"Type": "Fail", "Error": "Broken"}},
    }
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]
    states = {
        "Run": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "Catch": catch, "End": True},
        "Caught": {"Type": "Pass", "End": True},
    }
    machine = Machine(cloud, "Run", states)
    ended = machine.ended(machine.start({"items": [1, 2]}))
    assert json.loads(ended["output"])["error"]["Error"] == "States.ExceedToleratedFailureThreshold"


def test_tolerated_failures_do_not_fail_the_map(cloud: RunningCloud) -> None:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Fail",
        "States": {"Fail": {"Type": "Fail", "Error": "Broken"}},
    }
    run = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "MaxConcurrency": 1000,
        "ToleratedFailurePercentage": 100,
        "ItemProcessor": processor,
        "End": True,
    }
    machine = Machine(cloud, "Run", {"Run": run})
    assert machine.ended(machine.start({"items": [1, 2]}))["status"] == "SUCCEEDED"


def test_a_stopped_execution_ends_at_once_and_its_token_is_refused(cloud: RunningCloud) -> None:
    key = str(uuid.uuid4())
    machine = Machine(cloud, "Await", {"Await": _waiting("$.key", End=True)})
    execution = machine.start({"key": key})
    token = eventually(lambda: machine.token(key))
    machine.client.stop_execution(executionArn=execution)
    assert machine.status(execution) == "ABORTED"
    with pytest.raises(ClientError) as caught:
        machine.client.send_task_success(taskToken=token, output="{}")
    assert caught.value.response["Error"]["Code"] == "TaskTimedOut"


def test_a_token_can_be_used_once(cloud: RunningCloud) -> None:
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    states = {
        "One": _waiting("$.first", ResultPath=None, Next="Two"),
        "Two": _waiting("$.second", ResultPath=None, End=True),
    }
    machine = Machine(cloud, "One", states)
    execution = machine.start({"first": first, "second": second})
    token = eventually(lambda: machine.token(first))
    machine.client.send_task_success(taskToken=token, output="{}")
    other = eventually(lambda: machine.token(second))
    with pytest.raises(ClientError) as caught:
        machine.client.send_task_success(taskToken=token, output="{}")
    assert caught.value.response["Error"]["Code"] == "TaskTimedOut"
    machine.client.send_task_success(taskToken=other, output="{}")
    assert machine.ended(execution)["status"] == "SUCCEEDED"


def test_a_token_that_no_task_ever_had_is_refused(cloud: RunningCloud) -> None:
    with pytest.raises(ClientError) as caught:
        cloud.client("stepfunctions").send_task_success(taskToken="made-up", output="{}")
    assert caught.value.response["Error"]["Code"] == "InvalidToken"
