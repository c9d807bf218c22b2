"""How a script is played: each step once, when its condition is met, and no step after a wrong answer."""

import io
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from chalicelib.domain.estate.launch_status import Difference
from chalicelib.domain.runs.preflight_checks import PreflightState
from chalicelib.domain.runs.records import ExecutionStatus, Mode, WaveStatus
from chalicelib.operations.drift import CheckedSettings, CheckOutcome, ServerChecked
from chalicelib.operations.estate import GroupDetail
from chalicelib.operations.launch_applies import AppliedSettings, ApplyOutcome
from chalicelib.operations.preflights import PlanPreflight, PreflightServers
from chalicelib.operations.runs import ExecutionDetail, Intervention
from drs_emulator.errors import ScenarioError
from local.client_hooks import CrashPlan
from local.demo.launch_settings import SettingsNotAsExpected
from local.demo.playing import Followed, Player, ScriptFailed
from local.demo.rest import ApiProblem
from local.demo.script import (
    ApplySettings,
    Ask,
    CheckInstances,
    CheckSettings,
    Crash,
    Request,
    RunSchedule,
    Script,
    Sight,
    Start,
)
from local.demo.views import PlainView
from local.demo.watching import Look
from tests.local.demo_runs import detail, wave
from tests.unit.domain.records import NOON

RUNS = Sight(wave="tier 1", status=WaveStatus.EXECUTING)
PAUSE = Ask(when=RUNS, user="DRSOperator", request=Request.PAUSE, note="a question came up")
DRIFT = Difference("instanceType", "c5.large", "t3.small")
FORBIDDEN = ApiProblem(403, "NotPermitted", "You may not.")


class Api:
    """Answers every request in the same way, and records the paths."""

    def __init__(self, refusal: ApiProblem | None = None) -> None:
        self.paths: list[str] = []
        self._refusal = refusal

    def post(self, path: str, _body: Any, _kind: Any, *, idempotency_key: str) -> Any:
        self.paths.append(path)
        if self._refusal is not None:
            raise self._refusal
        return Intervention(detail(wave(1)).execution, True, "Nothing new starts.")


class Play:
    """A real player; everything around it is a fake."""

    def __init__(self, *script: Any, api: Api | None = None) -> None:
        self.api = api or Api()
        self.console = Console(file=io.StringIO(), width=120)
        crashes = CrashPlan()
        functions = frozenset({"execution-handler"})
        runtime = SimpleNamespace(functions=functions, schedules=(), crashes=crashes, crash_next=lambda *_, **__: None)
        cloud: Any = SimpleNamespace(runtime=runtime)
        people: Any = SimpleNamespace(client=lambda _: self.api, name=lambda role: role)
        whole: Script = tuple(script)
        plan: Any = SimpleNamespace(plan_id="plan-1", name="Shop", group_ids=["pg-1"])
        self.player = Player(
            whole, cloud=cloud, people=people, console=self.console, plans=[plan], count_instances=lambda _: 1
        )

    def act(self, seen: ExecutionDetail) -> bool:
        watch: Any = SimpleNamespace(execution_id="exec-1", events=[])
        run = Followed(name="DRILL", watch=watch, expected=None)
        return self.player.act(run, Look(at=NOON, detail=seen, news=()), PlainView(self.console))

    @property
    def printed(self) -> str:
        assert isinstance(self.console.file, io.StringIO)
        return self.console.file.getvalue()


class SettingsApi(Api):
    """A group of one server, whose instance type and no other field has drifted."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []

    def get(self, path: str, kind: Any, **_: Any) -> Any:
        if kind is PlanPreflight:
            state = PreflightState.CHECKED if kind in self.asked else PreflightState.CHECKING
            self.asked.append(kind)
            return SimpleNamespace(state=state, statement="A DRILL would launch 1 server.")
        if kind is PreflightServers:
            return SimpleNamespace(items=[SimpleNamespace(hostname="web-1")])
        if kind is GroupDetail:
            return SimpleNamespace(group=None)
        shown = SimpleNamespace(source_server_id="s-1", hostname="web-1", drift=(DRIFT,))
        return SimpleNamespace(items=[shown])

    def post(self, path: str, _body: Any, _kind: Any, *, idempotency_key: str) -> Any:
        self.paths.append(path)
        server = ServerChecked("s-1", CheckOutcome.DRIFTED, (DRIFT,))
        return CheckedSettings("pg-1", "1 server has drifted.", {CheckOutcome.DRIFTED: 1}, [server])


@pytest.mark.parametrize(
    ("differs", "accepted"),
    [({"web-1": ("instanceType",)}, True), ({}, False), ({"web-1": ("instanceType", "monitoring")}, False)],
)
def test_a_check_before_the_run_must_find_exactly_the_expected_drift(
    differs: dict[str, tuple[str, ...]], accepted: bool
) -> None:
    play = Play(CheckSettings(user="DRSPlanManager", differs=differs), api=SettingsApi())
    with nullcontext() if accepted else pytest.raises(SettingsNotAsExpected, match="The check should show drift of"):
        play.player.prepare()
    assert "« web-1: instanceType is t3.small and should be c5.large." in play.printed
    check = "/protection-groups/pg-1/launch-settings/check"
    assert play.api.paths == ([check, "/recovery-plans/plan-1/preflight"] if accepted else [check])


def test_settings_that_could_not_all_be_applied_end_the_script() -> None:
    class Half(Api):
        def post(self, *_: Any, **__: Any) -> Any:
            outcomes = {ApplyOutcome.APPLIED: 1, ApplyOutcome.FAILED: 1}
            return AppliedSettings("pg-1", "1 server failed; see the reasons.", outcomes, [])

    play = Play(ApplySettings(user="DRSPlanManager"), api=Half())
    with pytest.raises(SettingsNotAsExpected, match="1 server failed"):
        play.player.prepare()


WAITING, RUNNING = detail(wave(1)), detail(wave(1, status=WaveStatus.EXECUTING))


def test_a_step_is_done_once_when_it_is_due_and_printed_with_its_answer() -> None:
    play = Play(PAUSE)
    assert [play.act(WAITING), play.act(RUNNING), play.act(RUNNING)] == [False, True, False]
    assert play.api.paths == ["/executions/exec-1/pause"]
    assert play.player.left == []
    assert "» DRSOperator: pause the DRILL  (a question came up)" in play.printed
    assert "POST /executions/exec-1/pause" in play.printed
    assert "« Nothing new starts." in play.printed


def test_steps_are_done_in_order() -> None:
    later = Ask(user="DRSOperator", request=Request.RESUME)
    play = Play(PAUSE, later)
    assert not play.act(WAITING)
    assert play.player.left == [PAUSE, later]


def test_what_must_be_seen_for_a_while_is_not_met_at_first_sight() -> None:
    patient = Sight(wave="tier 1", status=WaveStatus.EXECUTING, for_seconds=3600)
    play = Play(Ask(when=patient, user="DRSOperator", request=Request.PAUSE))
    assert [play.act(RUNNING), play.act(RUNNING)] == [False, False]


def test_an_expected_refusal_is_printed_and_the_script_goes_on() -> None:
    play = Play(Ask(user="DRSOperator", request=Request.CANCEL, refusal="NotPermitted"), api=Api(FORBIDDEN))
    assert play.act(RUNNING)
    assert "« refused: You may not. (NotPermitted, HTTP 403)" in play.printed


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [("", "been accepted"), ("IllegalTransition", "been refused with IllegalTransition")],
)
def test_any_other_refusal_ends_the_script(refusal: str, expected: str) -> None:
    play = Play(Ask(user="DRSOperator", request=Request.CANCEL, refusal=refusal), api=Api(FORBIDDEN))
    with pytest.raises(ScriptFailed, match=f"cancel the DRILL should have {expected}, but was refused: You may not"):
        play.act(RUNNING)


def test_an_answer_where_a_refusal_was_expected_ends_the_script() -> None:
    play = Play(Ask(user="DRSOperator", request=Request.CANCEL, refusal="NotPermitted"))
    with pytest.raises(ScriptFailed, match="should have been refused with NotPermitted, but was accepted"):
        play.act(RUNNING)


def test_a_start_that_is_refused_unexpectedly_ends_the_script() -> None:
    play = Play(Start(user="DRSOperator", mode=Mode.RECOVERY, reason="a fire"), api=Api(FORBIDDEN))
    with pytest.raises(ScriptFailed, match="start a RECOVERY of the plan should have been accepted, but was refused"):
        play.act(RUNNING)


@pytest.mark.parametrize(
    "step",
    [
        Crash(function="no-handler", service="drs", operation="StartRecovery", moment="before"),
        RunSchedule(function="no-handler", until=Sight(execution=ExecutionStatus.COMPLETED)),
    ],
)
def test_a_function_that_does_not_exist_is_named_before_the_run(step: Any) -> None:
    with pytest.raises(ScenarioError, match=r"script\[0\]\.function: there is no function 'no-handler'"):
        Play(step)


def test_crashes_without_a_condition_are_arranged_before_the_run() -> None:
    crash = Crash(function="execution-handler", service="drs", operation="StartRecovery", moment="after")
    play = Play(crash, PAUSE)
    play.player.prepare()
    assert play.player.left == [PAUSE]
    assert "✗ planned: execution-handler crashes after AWS has processed its call to drs:StartRecovery" in play.printed


@pytest.mark.parametrize(("wanted", "found"), [(1, True), (2, False)])
def test_instances_are_counted_in_ec2_and_a_wrong_number_ends_the_script(wanted: int, found: bool) -> None:
    play = Play(CheckInstances(run="", instances=wanted, note="production lives"))
    if found:
        assert play.act(RUNNING)
    else:
        with pytest.raises(ScriptFailed, match="EC2 has 1 instance of DRILL exec-1, but it should have 2"):
            play.act(RUNNING)
    assert "» check: EC2 has 1 instance of DRILL exec-1  (production lives)" in play.printed
