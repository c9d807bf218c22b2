"""The state machine of the inventory sync as text: its tasks exist, are repeated, and a lost batch is named."""

import json
from typing import Any

import pytest

from chalicelib.calls.decoding import decode
from chalicelib.operations import Side
from chalicelib.operations.table import TASKS
from tests.architecture.conftest import ROOT

MACHINE: dict[str, Any] = json.loads((ROOT / "statemachine/inventory_sync.asl.json").read_text())
CHILD: dict[str, Any] = MACHINE["States"]["SyncPlaces"]["ItemProcessor"]
STATES: dict[str, dict[str, Any]] = {**MACHINE["States"], **CHILD["States"]}
TASK_STATES = [state for state in STATES.values() if state["Type"] == "Task"]
SENT = {
    "$.started_at": "2026-01-01T00:00:00+00:00",
    "$.places": ["222233334444/us-east-1"],
    "$.reasonCharacters": 100,
    "$.tallies": [{"places": 1, "seen": 2, "written": 0, "removed": 0, "failures": {}}, {"lost": ["1/r"]}],
}


def test_every_task_of_the_side_is_used() -> None:
    used = {state["Parameters"]["action"] for state in TASK_STATES}
    assert used == {name for name, task in TASKS.items() if task.side is Side.DATA_MANAGEMENT}


@pytest.mark.parametrize("state", TASK_STATES, ids=lambda state: state["Parameters"]["action"])
def test_a_task_gets_what_it_takes_and_outlives_its_function(state: dict[str, Any]) -> None:
    parameters = {key.removesuffix(".$"): SENT.get(value, value) for key, value in state["Parameters"].items()}
    decode(TASKS[str(parameters.pop("action"))].request, parameters)
    functions = json.loads((ROOT / ".chalice/config.json").read_text())["stages"]["qa"]["lambda_functions"]
    assert state["TimeoutSeconds"] > functions["data-management-handler"]["lambda_timeout"]
    assert state["Resource"] == "${DataManagementHandlerArn}"
    assert state["Retry"][-1]["ErrorEquals"] == ["States.ALL"]


def test_a_batch_that_is_lost_stops_no_other_and_names_its_places() -> None:
    assert MACHINE["States"]["SyncPlaces"]["ToleratedFailurePercentage"] == 100
    (caught,) = CHILD["States"]["SyncInventoryPlaces"]["Catch"]
    assert caught["Next"] == "BatchLost"
    assert CHILD["States"]["BatchLost"]["Parameters"] == {"lost.$": "$.places"}


def test_every_state_is_explained() -> None:
    text = (ROOT / "statemachine/README.md").read_text()
    assert [name for name in STATES if f"| `{name}` |" not in text] == []
