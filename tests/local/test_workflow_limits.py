"""The quotas of Step Functions: what exceeds one fails in the local cloud as it would in AWS."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from local import workflow_limits
from local.workflow_limits import LARGEST_PAYLOAD_BYTES
from tests.conftest import Clouds
from tests.local.conftest import RunningCloud
from tests.local.test_workflow_engine import FUNCTION, Machine, _task, _waiting
from tests.waiting import eventually

CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught"}]
RETRY_ALL = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 1.0}]
CAUGHT = {"Caught": {"Type": "Pass", "Result": {"caught": True}, "End": True}}


def text_for(total: int, around: Any) -> str:
    """As many letters as make their JSON, together with what is around them, `total` bytes long."""
    return "x" * (total - len(json.dumps(around, separators=(",", ":"))))


def a_map(child: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Child",
        "States": {"Child": child},
    }
    return {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True, **fields}


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


def test_children_whose_outputs_are_too_large_together_end_the_run_uncaught(cloud: RunningCloud) -> None:
    child = {"Type": "Pass", "Result": "x" * 3_000, "End": True}
    run = a_map(child, ResultPath=None, Catch=CATCH_ALL, Retry=RETRY_ALL, ToleratedFailurePercentage=100)
    machine = Machine(cloud, "Run", {"Run": run, **CAUGHT})
    assert machine.ended(machine.start({"items": list(range(80))}))["status"] == "SUCCEEDED"
    ended = machine.ended(machine.start({"items": list(range(90))}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_small_outputs_of_hundreds_of_children_can_be_collected(cloud: RunningCloud) -> None:
    machine = Machine(
        cloud, "Run", {"Run": a_map({"Type": "Pass", "Result": "x" * 200, "End": True}, MaxConcurrency=8)}
    )
    ended = machine.ended(machine.start({"items": list(range(500))}))
    assert ended["status"] == "SUCCEEDED"


def test_a_result_that_is_too_large_is_not_caught_by_states_all(cloud: RunningCloud) -> None:
    """The function echoes its input and adds a few bytes."""
    machine = Machine(cloud, "Echo", {"Echo": _task(Catch=CATCH_ALL, Retry=RETRY_ALL, End=True), **CAUGHT})
    ended = machine.ended(machine.start({"text": text_for(LARGEST_PAYLOAD_BYTES - 10, {"text": ""})}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_a_result_that_is_too_large_is_caught_by_its_name(cloud: RunningCloud) -> None:
    catch = [{"ErrorEquals": ["States.DataLimitExceeded"], "ResultPath": None, "Next": "Caught"}]
    machine = Machine(cloud, "Echo", {"Echo": _task(Catch=catch, End=True), **CAUGHT})
    ended = machine.ended(machine.start({"text": text_for(LARGEST_PAYLOAD_BYTES - 10, {"text": ""})}))
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"caught": True})


def test_parameters_that_are_too_large_fail_the_state(cloud: RunningCloud) -> None:
    twice = {"FunctionName": FUNCTION, "Payload": {"first.$": "$.text", "second.$": "$.text"}}
    invoke = _task(Resource="arn:aws:states:::lambda:invoke", Parameters=twice, ResultPath=None, End=True)
    machine = Machine(cloud, "Invoke", {"Invoke": invoke})
    ended = machine.ended(machine.start({"text": "x" * 140_000}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


@pytest.mark.parametrize(("beyond", "status"), [(0, "SUCCEEDED"), (1, "FAILED")])
def test_the_output_of_a_state_is_measured_in_bytes(cloud: RunningCloud, beyond: int, status: str) -> None:
    letter = "ä"  # one character and two bytes; escaped it would be six
    around = len(f'{{"a":"{letter}","b":"{letter}"}}'.encode())
    text = letter + "x" * (LARGEST_PAYLOAD_BYTES + beyond - around)
    parameters = {"a": letter, "b.$": "$.b"}
    machine = Machine(cloud, "Pass", {"Pass": {"Type": "Pass", "Parameters": parameters, "End": True}})
    given = json.dumps({"b": text}, ensure_ascii=False)
    execution = machine.client.start_execution(stateMachineArn=machine.arn, input=given)["executionArn"]
    assert machine.ended(execution)["status"] == status


def test_a_start_with_too_large_an_input_is_refused(cloud: RunningCloud) -> None:
    machine = Machine(cloud, "Pass", {"Pass": {"Type": "Pass", "Result": 1, "End": True}})
    largest = text_for(LARGEST_PAYLOAD_BYTES, "")
    assert machine.ended(machine.start(largest))["status"] == "SUCCEEDED"
    assert refusal(lambda: machine.start(largest + "x")) == "ValidationException"


@pytest.mark.parametrize("name", ["exec-01J.Wave_1", "a" * 80, "Größe", "(1)+=@!'"])
def test_names_that_the_service_accepts_are_accepted(cloud: RunningCloud, name: str) -> None:
    machine = Machine(cloud, "Pass", {"Pass": {"Type": "Pass", "End": True}})
    machine.client.start_execution(stateMachineArn=machine.arn, name=name)


@pytest.mark.parametrize(
    "name", ["a b", "a\tb", *(f"a{sign}" for sign in '<>{}[]?*"#%\\^|~`$&,;:/'), "a\x7f", "a\uffff"]
)
def test_names_with_signs_that_the_service_refuses_are_refused(cloud: RunningCloud, name: str) -> None:
    machine = Machine(cloud, "Pass", {"Pass": {"Type": "Pass", "End": True}})
    start = machine.client.start_execution
    assert refusal(lambda: start(stateMachineArn=machine.arn, name=name)) == "InvalidName"


def test_a_name_of_more_than_80_characters_is_refused(cloud: RunningCloud) -> None:
    machine = Machine(cloud, "Pass", {"Pass": {"Type": "Pass", "End": True}})
    start = machine.client.start_execution
    assert refusal(lambda: start(stateMachineArn=machine.arn, name="a" * 81)) == "ValidationException"


def test_an_input_that_is_not_json_is_refused(cloud: RunningCloud) -> None:
    machine = Machine(cloud, "Pass", {"Pass": {"Type": "Pass", "End": True}})
    start = machine.client.start_execution
    assert refusal(lambda: start(stateMachineArn=machine.arn, input="{")) == "InvalidExecutionInput"


def test_a_task_token_with_too_large_or_invalid_output_is_refused_and_remains_valid(cloud: RunningCloud) -> None:
    key = str(uuid.uuid4())
    machine = Machine(cloud, "Await", {"Await": _waiting("$.key", ResultPath="$.answer", End=True)})
    execution = machine.start({"key": key})
    token = eventually(lambda: machine.token(key))
    send = machine.client.send_task_success
    too_large = json.dumps(text_for(LARGEST_PAYLOAD_BYTES, "") + "x")
    assert refusal(lambda: send(taskToken=token, output=too_large)) == "ValidationException"
    assert refusal(lambda: send(taskToken=token, output="{")) == "InvalidOutput"
    send(taskToken=token, output='"well"')
    assert json.loads(machine.ended(execution)["output"])["answer"] == "well"


def test_an_execution_ends_with_its_25000th_event(clouds: Clouds, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests a limit of 50, which behaves in the same way and takes seconds."""
    monkeypatch.setattr(workflow_limits, "MOST_HISTORY_EVENTS", 50)
    machine = Machine(clouds.running(), "Again", {"Again": {"Type": "Pass", "Next": "Again"}})
    execution = machine.start({})
    ended = machine.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")
    history = machine.client.get_execution_history(executionArn=execution, maxResults=100)["events"]
    assert (len(history), history[-1]["type"]) == (50, "ExecutionFailed")


def test_each_child_has_a_history_of_its_own(clouds: Clouds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow_limits, "MOST_HISTORY_EVENTS", 50)
    machine = Machine(clouds.running(), "Run", {"Run": a_map({"Type": "Pass", "Result": 1, "End": True})})
    assert machine.ended(machine.start({"items": list(range(60))}))["status"] == "SUCCEEDED"


def test_a_stopped_execution_does_nothing_more_in_a_later_cloud_of_the_process_too(clouds: Clouds) -> None:
    clouds.running()
    clouds.stop()
    cloud = clouds.running()
    machine = Machine(cloud, "Again", {"Again": {"Type": "Pass", "Next": "Again"}})
    arn = machine.start({})
    backend: Any = stepfunctions_parser_backends[cloud.hub_account][cloud.hub_region]
    (execution,) = [each for each in backend._get_executions() if each.exec_arn == arn]
    eventually(lambda: execution.exec_worker.env)
    machine.client.stop_execution(executionArn=arn)
    assert machine.status(arn) == "ABORTED"
    assert not execution.exec_worker.env.is_running()
