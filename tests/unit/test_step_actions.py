"""Carrying out steps: whatever one target raises, the others have their results, and it has its reason."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from chalicelib.aws import sessions
from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import InvocationMode, Principal, PrincipalType
from chalicelib.domain.estate.accounts import TargetAccount
from chalicelib.domain.plans.outgoing import OutgoingHosts
from chalicelib.domain.plans.steps import (
    HttpMethod,
    HttpProbe,
    InvokeLambda,
    Phase,
    SsmAutomation,
    SsmCommand,
    Step,
    TcpProbe,
)
from chalicelib.domain.steps.step_runs import StepRun, StepStatus, Target
from chalicelib.execution.steps.step_actions import StepResult, act
from tests.unit.domain.records import ACCOUNT, EXECUTION_ID, NOON, REGION, after

GOOD, BAD = "i-0000000000000000a", "i-0000000000000000b"
ACCOUNTS = {ACCOUNT: TargetAccount(ACCOUNT, "Target", "", "", "", ())}
FAULTS = [
    UnicodeError("label empty or too long"),
    ValueError("embedded null byte"),
    OSError(5, "Input/output error"),
    OverflowError("port must be 0-65535"),
    RecursionError("maximum recursion depth exceeded"),
    KeyError("PrivateIpAddress"),
    MemoryError(),
    AttributeError("'NoneType' object has no attribute 'read'"),
]

on_every_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)


def _call(seconds: float = 0) -> CallContext:
    principal = Principal(PrincipalType.SERVICE, "states.amazonaws.com")
    hub = Hub("aws", "111122223333", REGION)
    now = after(seconds)
    return CallContext("request", principal, InvocationMode.STEP_FUNCTIONS, lambda: now, now + timedelta(60), hub)


def _run(instance: str = "") -> StepRun:
    target = Target(instance, instance, ACCOUNT, REGION, source_server_id=f"s-{instance}")
    return StepRun(EXECUTION_ID, 1, 1, Phase.VALIDATION, 1, "Check", StepStatus.RUNNING, NOON, after(60), target)


ALLOWED = OutgoingHosts(hosts=("db.example",))


def _act(step: Step, *runs: StepRun, seconds: float = 0) -> dict[str, StepResult]:
    return {result.run.target.key: result for result in act(step, runs, [], ACCOUNTS, _call(seconds), ALLOWED)}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What AWS answers to each operation: a value, or an exception that the SDK raises."""
    given: dict[str, Any] = {}

    def make_api_call(_: BaseClient, operation: str, parameters: Any) -> Any:
        answer = given[operation]
        answer = answer(parameters) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", make_api_call)
    monkeypatch.setattr(sessions, "_clients", {})
    monkeypatch.setattr(sessions, "_sessions", {})
    return given


@pytest.fixture
def port() -> Iterator[int]:
    """A port on loopback that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def _resolve_with(patch: pytest.MonkeyPatch, fault: Exception) -> None:
    """Lets every name and address but those of loopback fail with ``fault``."""
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *given: Any, **more: Any) -> Any:
        if host == "127.0.0.1":
            return real(host, *given, **more)
        raise fault

    patch.setattr(socket, "getaddrinfo", getaddrinfo)


@on_every_fault
@pytest.mark.parametrize(
    "step",
    [
        TcpProbe(name="Check", port=80, host="db.example"),
        HttpProbe(name="Check", url="http://db.example/"),
        HttpProbe(name="Check", url="https://db.example/"),
    ],
)
def test_a_probe_that_raises_is_tried_again_until_its_time_is_up_and_ends_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, step: HttpProbe | TcpProbe
) -> None:
    _resolve_with(monkeypatch, fault)
    early, late = _act(step, _run())[""], _act(step, _run(), seconds=step.timeout_seconds)[""]
    assert (early.status, late.status) == (StepStatus.RUNNING, StepStatus.TIMED_OUT)
    assert str(fault) in late.output
    assert late.output


@on_every_fault
def test_a_request_that_may_be_sent_once_is_tried_again_only_if_it_was_certainly_not_sent(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    _resolve_with(monkeypatch, fault)
    step = HttpProbe(name="Check", url="http://db.example/", method=HttpMethod.POST)
    early, late = _act(step, _run())[""], _act(step, _run(), seconds=step.timeout_seconds)[""]
    certain = isinstance(fault, OSError | ValueError)
    assert early.status is (StepStatus.RUNNING if certain else StepStatus.FAILED)
    assert late.status is (StepStatus.TIMED_OUT if certain else StepStatus.FAILED)
    assert bool(early.refusal) == certain
    assert str(fault) in late.output


@on_every_fault
def test_a_probe_that_raises_for_one_instance_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any], port: int, fault: Exception
) -> None:
    _resolve_with(monkeypatch, fault)
    monkeypatch.setenv("STAGE", "local")
    addresses = {GOOD: "127.0.0.1", BAD: "10.9.9.9"}
    shown = [
        {"InstanceId": key, "State": {"Name": "running"}, "PrivateIpAddress": value} for key, value in addresses.items()
    ]
    answers["DescribeInstances"] = {"Reservations": [{"Instances": shown}]}
    step = TcpProbe(name="Check", port=port)
    found = _act(step, _run(BAD), _run(GOOD), seconds=step.timeout_seconds)
    assert {key: result.status for key, result in found.items()} == {
        GOOD: StepStatus.SUCCEEDED,
        BAD: StepStatus.TIMED_OUT,
    }


@on_every_fault
def test_addresses_that_cannot_be_read_are_the_reason_of_the_check(answers: dict[str, Any], fault: Exception) -> None:
    answers["DescribeInstances"] = fault
    step = TcpProbe(name="Check", port=80)
    (found,) = _act(step, _run(GOOD), seconds=step.timeout_seconds).values()
    assert found.output.startswith(f"The addresses in {ACCOUNT}/{REGION} could not be read: ")
    assert type(fault).__name__ in found.output


@on_every_fault
@pytest.mark.parametrize(
    ("step", "operation"),
    [
        (SsmCommand(name="Run", commands=("true",)), "SendCommand"),
        (SsmAutomation(name="Run", document="dr-step-x"), "StartAutomationExecution"),
        (InvokeLambda(name="Run", function="dr-step-x-local"), "Invoke"),
    ],
)
def test_an_action_that_raises_has_failed_with_an_unknown_outcome_and_its_reason(
    answers: dict[str, Any], fault: Exception, step: Step, operation: str
) -> None:
    answers[operation] = fault
    found = _act(step, _run(GOOD), _run(BAD))
    assert {result.status for result in found.values()} == {StepStatus.FAILED}
    assert all(result.output.startswith("Outcome unknown: ") for result in found.values())
    assert all(type(fault).__name__ in result.output for result in found.values())


def test_an_automation_that_raises_in_one_account_runs_in_the_others(answers: dict[str, Any]) -> None:
    elsewhere = StepRun(
        EXECUTION_ID, 1, 1, Phase.PRE_ACTION, 1, "Run", StepStatus.RUNNING, NOON, after(60),
        Target("elsewhere", "elsewhere", "999988887777", REGION),
    )  # fmt: skip
    answers["StartAutomationExecution"] = {"AutomationExecutionId": "auto-1"}
    found = _act(SsmAutomation(name="Run", document="dr-step-x"), _run("here"), elsewhere)
    assert found["here"].external_id == "auto-1"
    assert found["elsewhere"].status is StepStatus.FAILED
    assert "999988887777" in found["elsewhere"].output
