"""Scenario files of the demonstration, and the messages about mistakes in them; no cloud is started."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.runs.records import ExecutionStatus, Mode, WaveStatus
from drs_emulator import Emulator, EmulatorSettings
from drs_emulator.errors import ScenarioError
from local.demo.cli import main
from local.demo.plan_file import PlanFileError
from local.demo.scenario import read_scenario, scenario_names
from local.demo.script import Sight
from tests.local.conftest import REPOSITORY
from tests.local.demo_runs import detail, ended, wave

PAUSE = {"type": "ASK", "when": {"wave": "app", "status": "EXECUTING"}, "user": "DRSOperator", "request": "PAUSE"}


def written(directory: Path, **fields: Any) -> str:
    file = directory / "scenario.json"
    file.write_text(json.dumps(fields))
    return str(file)


def message_of(directory: Path, **fields: Any) -> str:
    with pytest.raises(ScenarioError) as refused:
        read_scenario(written(directory, **fields))
    return re.sub(r" \(line \d+\)", "", str(refused.value))


def test_every_scenario_has_a_description_and_an_expected_result() -> None:
    assert set(scenario_names()) >= {
        "approval",
        "cancel",
        "crash",
        "decision",
        "drifted-settings",
        "drill-over-recovery",
        "failback",
        "failures",
        "full-region",
        "new-account",
        "preemption",
    }
    for name in scenario_names():
        scenario = read_scenario(name)
        assert scenario.name == name
        assert scenario.description.endswith(".")
        assert scenario.expected is not None
        assert Emulator(EmulatorSettings()).load_scenario(scenario.faults) is not None


def test_the_help_lists_every_scenario_with_its_description(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    printed = capsys.readouterr().out
    for name in scenario_names():
        assert f"  {name:<12} {read_scenario(name).description}\n" in printed


@pytest.mark.parametrize("page", ["demo.md", "operator-guide.md"])
def test_the_documents_explain_every_scenario(page: str) -> None:
    message = (REPOSITORY / "docs" / page).read_text()
    assert [name for name in scenario_names() if f"`{name}`" not in message] == []


def test_the_account_that_is_connected_exists(tmp_path: Path) -> None:
    message = message_of(tmp_path, connect={"accountId": "1", "name": "A"})
    assert "connect.accountId: must be an account of local/world.yaml: 222233334444, 333344445555" in message


def test_a_file_of_the_emulator_is_a_scenario_without_a_script(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, name="slow", faults=[{"kind": "SLOW_CALL"}]))
    assert (scenario.name, scenario.script, scenario.plan, scenario.expected) == ("slow", (), None, None)
    assert scenario.faults["faults"] == [{"kind": "SLOW_CALL"}]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            {"type": "WAIT"},
            "script[0].type: must be one of: ASK, START, CHECK_INSTANCES, CRASH, STOP_WORKFLOW, RUN_SCHEDULE",
        ),
        ({**PAUSE, "request": "STOP"}, "script[0].request: must be one of: "),
        (
            {"type": "FAILBACK", "user": "DRSOperator", "request": "RETURN"},
            "script[0].request: must be one of: ",
        ),
        (
            {"type": "FAILBACK", "user": "DRSOperator", "request": "START", "until": "READY"},
            "script[0].until: must be one of: ",
        ),
        ({"type": "FAILBACK", "user": "DRSChief", "request": "START"}, "script[0].user: must be one of "),
        ({**PAUSE, "reason": "none"}, "script[0].reason: is not a field here"),
        ({**PAUSE, "when": {"status": "EXECUTING", "seen": 1}}, "script[0].when.seen: is not a field here"),
        ({**PAUSE, "when": {"event": "WAVE_ATE"}}, "script[0].when.event: must be one of: "),
        (
            {**PAUSE, "when": {"wave": "ap"}},
            "script[0].when.wave: there is no wave 'ap' in the plan; its waves are: data",
        ),
        ({**PAUSE, "when": {"status": "EXECUTING"}}, "script[0].when.wave: must name a wave of the plan: database"),
        ({**PAUSE, "when": {"run": "RECOVERY"}}, "script[0].when.run: no RECOVERY is started before this step"),
        (
            {"type": "OTHER_JOBS", "accountId": "1", "region": "us-east-1", "jobs": 1, "when": {"execution": "PAUSED"}},
            "script[0].when: must be left out for a step that is done before the run",
        ),
        ({"type": "CHECK_WAITS", "run": "data", "text": ""}, "script[0].run: no data is started before this step"),
        ({"type": "CHECK_ORDER", "runs": ["DRILL", "data"]}, "script[0].run: no data is started before this step"),
        (
            {
                "type": "START",
                "user": "DRSOperator",
                "mode": "DRILL",
                "reason": "",
                "plan": "Stock",
                "refusal": "InUse",
            },
            "script[0].plan: there is no plan 'Stock'; the plans are: ",
        ),
        ({**PAUSE, "user": "DRSChief"}, "script[0].user: must be one of DRSOrchestrationAdmin, "),
        ({**PAUSE, "request": "APPROVE"}, "script[0].wave: must name a wave of the plan"),
        ({**PAUSE, "request": "SKIP", "wave": "app"}, "script[0].comment: must say why the wave is skipped"),
        ({**PAUSE, "run": "RECOVERY"}, "script[0].run: no RECOVERY is started before this step"),
        ({"type": "CRASH", "function": "f", "service": "drs", "operation": "O", "moment": "soon"}, "script[0].moment"),
        ({"type": "RUN_SCHEDULE", "function": "f", "until": {}}, "script[0].until: must name an execution"),
        ({"type": "START", "user": "DRSOperator", "mode": "RECOVERY", "reason": "r"}, "script[0].expect: is required"),
        (
            {"type": "START", "user": "DRSOperator", "mode": "DRILL", "reason": "", "expect": {"outcome": "FAILED"}},
            "script[0].mode: there is a DRILL already; give this run a `name` of its own",
        ),
        (
            {
                "type": "START",
                "user": "DRSOperator",
                "mode": "RECOVERY",
                "name": "DRILL",
                "reason": "r",
                "expect": {"outcome": "FAILED"},
            },
            "script[0].name: there is a DRILL already",
        ),
        ({"type": "APPLY_SETTINGS", "user": "DRSChief"}, "script[0].user: must be one of "),
        (
            {"type": "CHECK_SETTINGS", "user": "DRSPlanManager", "when": {"execution": "COMPLETED"}},
            "script[0].when: must be left out for a step that is done before the run",
        ),
        (
            {"type": "CHECK_INSTANCES", "run": "RECOVERY", "instances": 1},
            "script[0].run: no RECOVERY is started before",
        ),
    ],
)
def test_the_refusal_of_a_step_that_cannot_be_done_names_its_field(
    tmp_path: Path, step: dict[str, Any], message: str
) -> None:
    assert message in message_of(tmp_path, script=[step])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"expect": {"outcome": "SPLENDID"}}, "expect.outcome"),
        ({"expect": {"outcome": "COMPLETED", "launchs": {}}}, "expect.launchs: is not a field here"),
        ({"expect": {"outcome": "COMPLETED", "events": ["NONE"]}}, "expect.events"),
        ({"mode": "TEST"}, "mode: "),
        ({"speed": "fast"}, "speed: "),
        ({"settings": {"CLAIM_SETTLE_SECONDS": 2}}, "settings.CLAIM_SETTLE_SECONDS: expected `str`, got `int`"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    assert message in message_of(tmp_path, **fields)


def test_the_plan_of_a_scenario_is_checked_like_a_plan_file(tmp_path: Path) -> None:
    file = written(tmp_path, groups=[], plan={"name": "Shop", "waves": [{"name": "a", "protectionGroups": ["A"]}]})
    with pytest.raises(
        PlanFileError, match=r"plan\.waves\[0\]\.protectionGroups\[0\] \(line 1\): there is no group 'A'"
    ):
        read_scenario(file)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--scenario", "crash", "--plan", "mine.yaml"],
            "The scenario 'crash' cannot run with another plan; leave out --plan.",
        ),
        (["--scenario", "approval", "--mode", "DRILL"], "The scenario 'approval' runs a RECOVERY; leave out --mode."),
        (["--scenario", "SLOW"], "speed: must be from 0.1 to 100000, not 0"),
    ],
)
def test_options_that_contradict_a_scenario_are_refused_before_anything_starts(
    tmp_path: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = written(tmp_path, speed=0)
    assert main([slow if argument == "SLOW" else argument for argument in arguments]) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    ("sight", "is_seen"),
    [
        (Sight(), True),
        (Sight(execution=ExecutionStatus.PAUSED), True),
        (Sight(execution=ExecutionStatus.PAUSED, wave="tier 1", status=WaveStatus.COMPLETED), True),
        (Sight(execution=ExecutionStatus.PAUSED, wave="tier 2", status=WaveStatus.COMPLETED), False),
        (Sight(execution=ExecutionStatus.COMPLETED), False),
    ],
)
def test_a_sight_is_seen_when_all_of_its_conditions_are_met(sight: Sight, is_seen: bool) -> None:
    run = detail(ended(1), wave(2, 1), status=ExecutionStatus.PAUSED, mode=Mode.DRILL)
    assert sight.is_seen(run, []) is is_seen
