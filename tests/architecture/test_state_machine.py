"""The state machine as text: valid, exactly the states agreed with the users, and no dead end."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from chalicelib.calls.decoding import decode
from chalicelib.domain.runs.waiting import DECISION_TIME
from chalicelib.operations import Side
from chalicelib.operations.table import TASKS
from tests.architecture.conftest import ROOT

DIRECTORY = ROOT / "statemachine"
MACHINE: dict[str, Any] = json.loads((DIRECTORY / "dr_orchestration.asl.json").read_text())
CHILD: dict[str, Any] = MACHINE["States"]["RunWaves"]["ItemProcessor"]
LEVELS = {"run": MACHINE, "wave": CHILD}
STATES: dict[str, dict[str, Any]] = {**MACHINE["States"], **CHILD["States"]}
TASK_STATES = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
EACH_TASK = pytest.mark.parametrize("name", TASK_STATES)
EACH_LEVEL = pytest.mark.parametrize("level", LEVELS)

HANDLERS = {"${QueryHandlerArn}": Side.QUERY, "${ExecutionHandlerArn}": Side.EXECUTION}
WAITS_FOR_TOKEN = "arn:aws:states:::lambda:invoke.waitForTaskToken"
ENDS = {"Succeed", "Fail"}
TIMED = {"$.release.delay_seconds": "the delay", "$.wave_status.next_poll_seconds": "the wait"}
"""Time limits of tasks that come from the state, and how the state machine's page names them."""

CONTRACT: dict[str, dict[str, Any]] = {
    "WavePoll": {
        "Type": "Task",
        "Resource": "${QueryHandlerArn}",
        "Comment": "Poll DRS job status (READ-ONLY)",
        "Parameters": {
            "operation": "poll_wave_status",
            "execution_id.$": "$.execution_id",
            "plan_id.$": "$.plan_id",
            "job_id.$": "$.job_id",
            "current_wave_number.$": "$.current_wave_number",
            "servers.$": "$.servers",
        },
        "ResultPath": "$.wave_status",
        "Next": "UpdateWaveStatus",
    },
    "UpdateWaveStatus": {
        "Type": "Task",
        "Resource": "${ExecutionHandlerArn}",
        "Comment": "Update wave completion status (WRITE)",
        "Parameters": {
            "action": "update_wave_completion_status",
            "executionId.$": "$.execution_id",
            "planId.$": "$.plan_id",
            "waveNumber.$": "$.current_wave_number",
            "status.$": "$.wave_status.job_status",
            "waveData.$": "$.wave_status",
        },
        "ResultPath": "$.update_result",
        "Next": "CheckWaveComplete",
    },
    "CheckWaveComplete": {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.wave_status.wave_completed", "BooleanEquals": True, "Next": "WaveCompleted"},
        ],
        "Default": "WaitForWaveProgress",
    },
}
"""The three states as the users' deployment guide shows them, with placeholders for the functions' addresses."""


@pytest.mark.parametrize("name", CONTRACT)
def test_the_states_of_the_users_contract_are_as_agreed(name: str) -> None:
    assert {key: CHILD["States"][name].get(key) for key in CONTRACT[name]} == CONTRACT[name]


def test_waiting_and_completing_are_states_of_a_wave_too() -> None:
    assert CHILD["States"]["WaitForWaveProgress"]["Next"] == "WavePoll"
    assert CHILD["States"]["WaitForWaveProgress"]["TimeoutSecondsPath"] == "$.wave_status.next_poll_seconds"
    assert CHILD["States"]["WaveCompleted"]["Type"] == "Task"


def test_a_wave_is_polled_in_time_whatever_becomes_of_events() -> None:
    """The wait for the next poll ends by itself; where it cannot even begin, another one takes its place."""
    waits = CHILD["States"]["WaitForWaveProgress"]
    assert {catch["ErrorEquals"][0]: catch["Next"] for catch in waits["Catch"]} == {
        "States.Timeout": "WavePoll",
        "States.ALL": "WaitWithoutEvents",
    }
    instead = CHILD["States"]["WaitWithoutEvents"]
    assert (instead["SecondsPath"], instead["Next"]) == (waits["TimeoutSecondsPath"], "WavePoll")
    assert waits["ResultPath"] is None, "what an event sends must not reach the state of the wave"


def test_a_wave_ends_with_an_output_of_a_few_bytes() -> None:
    """AWS collects the outputs of all children even if ResultPath is null; beyond 256 kB the run fails uncaught."""
    for name, state in CHILD["States"].items():
        if state["Type"] == "Succeed":
            assert state.get("OutputPath", "$") is None, name


@EACH_LEVEL
def test_every_transition_leads_to_a_state_and_every_state_is_reached(level: str) -> None:
    states = LEVELS[level]["States"]
    reached, ahead = set[str](), {LEVELS[level]["StartAt"]}
    while ahead:
        name = ahead.pop()
        assert name in states, f"{name} is named, but there is no such state"
        reached.add(name)
        ahead |= set(_next_of(states[name])) - reached
    assert reached == set(states)


@EACH_LEVEL
def test_an_end_can_be_reached_from_every_state(level: str) -> None:
    states = LEVELS[level]["States"]
    ending = {name for name, state in states.items() if state["Type"] in ENDS or state.get("End")}
    while True:
        more = {name for name, state in states.items() if set(_next_of(state)) & ending} - ending
        if not more:
            break
        ending |= more
    assert ending == set(states)


@EACH_LEVEL
def test_every_state_names_its_next_state(level: str) -> None:
    for name, state in LEVELS[level]["States"].items():
        match state["Type"]:
            case "Succeed" | "Fail":
                assert not {"Next", "End"} & set(state), name
            case "Choice":
                assert state["Default"], name
                assert "Next" not in state, name
            case _:
                assert ("Next" in state) != (state.get("End") is True), name


@EACH_TASK
def test_every_task_has_a_time_limit(name: str) -> None:
    state = TASK_STATES[name]
    assert isinstance(state.get("TimeoutSeconds"), int) != (state.get("TimeoutSecondsPath") in TIMED)


@EACH_TASK
def test_a_task_times_out_later_than_its_function(name: str) -> None:
    """Otherwise two runs of one task would be normal, and the reason of a function's failure would never be seen."""
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    timeouts = {
        f"{side}-handler": config["stages"]["prod"]["lambda_functions"][f"{side}-handler"]["lambda_timeout"]
        for side in (Side.QUERY, Side.EXECUTION)
    }
    task = TASKS[_task_name(name)]
    if task.name in {"poll_wave_status", "start_wave", "update_wave_completion_status", "complete_wave"}:
        assert TASK_STATES[name]["TimeoutSeconds"] > timeouts[task.side.handler]


@EACH_TASK
def test_retries_name_single_errors_first_and_all_errors_last(name: str) -> None:
    *named, last = TASK_STATES[name]["Retry"]
    assert last["ErrorEquals"] == ["States.ALL"]
    assert last["MaxAttempts"] > 0
    assert {"IntervalSeconds", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"} <= set(last)
    assert all("States.ALL" not in retry["ErrorEquals"] for retry in named)
    assert all(retry["MaxAttempts"] == 0 for retry in named), "errors that are named here cannot be helped by a retry"


@EACH_TASK
def test_every_failure_is_caught_and_leads_to_a_record(name: str) -> None:
    *named, last = TASK_STATES[name]["Catch"]
    assert last["ErrorEquals"] == ["States.ALL"]
    assert all("States.ALL" not in catch["ErrorEquals"] for catch in named)
    assert last["ResultPath"] == ("$.failure" if name == "FailExecution" else "$.error")
    ends = {
        "RecordWaveError": "WaveLost",
        "FailExecution": "ExecutionBroken",
        "BeginExecution": "FailExecution",
        "FinalizeExecution": "FailExecution",
        "WaitForWaveProgress": "WaitWithoutEvents",
    }
    assert last["Next"] == ends.get(name, "RecordWaveError")


def test_a_failed_map_leads_to_a_record_and_a_failed_wave_stops_no_other() -> None:
    waves = MACHINE["States"]["RunWaves"]
    assert waves["Catch"] == [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "FailExecution"}]
    assert waves["ToleratedFailurePercentage"] == 100
    assert waves["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}


@EACH_TASK
def test_every_task_is_one_of_the_operations_table_and_goes_to_its_side(name: str) -> None:
    state = TASK_STATES[name]
    waits = state["Resource"] == WAITS_FOR_TOKEN
    address = state["Parameters"]["FunctionName"] if waits else state["Resource"]
    task = TASKS[_task_name(name)]
    assert HANDLERS[address] is task.side
    key = "operation" if task.side is Side.QUERY else "action"
    assert _payload(name)[key] == task.name
    assert waits == ("taskToken.$" in _payload(name))


@EACH_TASK
def test_the_parameters_of_a_task_are_what_its_function_accepts(name: str) -> None:
    task = TASKS[_task_name(name)]
    sent = {
        key.removesuffix(".$"): SAMPLES[value] if key.endswith(".$") else value for key, value in _payload(name).items()
    }
    decode(task.request, {key: value for key, value in sent.items() if key not in {"action", "operation"}})


def test_every_task_of_the_table_is_used() -> None:
    used = {_task_name(name) for name in TASK_STATES}
    assert used == {name for name, task in TASKS.items() if task.side is not Side.DATA_MANAGEMENT}


def test_states_read_only_fields_that_exist() -> None:
    """Every path in the child machine starts at a field that the input has or that a task has written."""
    text = json.dumps(CHILD)
    fields = {"execution_id", "plan_id", "current_wave_number", "attempt", "job_id", "servers", "wave_status"}
    written = {"release", "update_result", "completion", "error"}
    assert set(re.findall(r'"\$\.(\w+)', text)) <= fields | written


def test_every_state_is_explained_with_side_retry_and_timeout() -> None:
    rows = dict(_explained())
    assert list(rows) == [*MACHINE["States"], *CHILD["States"]], "one line for each state, in the order of the file"
    for name, (side, effect, retry, timeout) in rows.items():
        state = STATES[name]
        assert effect, name
        if name in TASK_STATES:
            assert side == TASKS[_task_name(name)].side, name
            assert retry == f"{state['Retry'][-1]['MaxAttempts']} times", name
            limit = state.get("TimeoutSeconds")
            assert timeout == (f"{limit} s" if limit else TIMED[state["TimeoutSecondsPath"]]), name
        else:
            assert (side, retry, timeout) == ("–", "–", "–"), name


def test_the_time_for_a_decision_that_is_shown_is_the_one_that_the_machine_waits() -> None:
    assert STATES["AwaitOperatorDecision"]["TimeoutSeconds"] == DECISION_TIME.total_seconds()


def _explained() -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    for line in (DIRECTORY / "README.md").read_text().splitlines():
        match = re.fullmatch(r"\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|", line)
        if match:
            name, side, effect, retry, timeout = (part.strip() for part in match.groups())
            yield name, (side, effect, retry, timeout)


def _next_of(state: Mapping[str, Any]) -> list[str]:
    ways = [state["Next"]] if "Next" in state else []
    ways += [catch["Next"] for catch in state.get("Catch", [])]
    ways += [choice["Next"] for choice in state.get("Choices", [])]
    return ways + ([state["Default"]] if "Default" in state else [])


def _payload(name: str) -> dict[str, Any]:
    parameters: dict[str, Any] = TASK_STATES[name]["Parameters"]
    payload: dict[str, Any] = parameters.get("Payload", parameters)
    return payload


def _task_name(name: str) -> str:
    payload = _payload(name)
    return str(payload.get("action") or payload["operation"])


SAMPLES: dict[str, Any] = {
    "$.execution_id": "exec-1",
    "$.plan_id": "plan-1",
    "$.current_wave_number": 1,
    "$.attempt": 1,
    "$.job_id": "",
    "$.servers": ["s-11111111111111111"],
    "$.wave_status": {"job_status": "IN_PROGRESS", "wave_completed": False, "next_poll_seconds": 3, "wakes": 0},
    "$.wave_status.wakes": 0,
    "$.wave_status.job_status": "IN_PROGRESS",
    "$.error": {"Error": "Unavailable", "Cause": "DRS did not answer."},
    "$$.Task.Token": "a-token",
    "$$.State.EnteredTime": "2026-01-02T03:04:05.678Z",
    "$$.State.RetryCount": 0,
}
