"""Two parsers judge the state machines, and each of them finds faults by itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts import state_machines
from scripts.deployment import checks
from tests.architecture.conftest import ROOT

FILES = sorted((ROOT / "statemachine").glob("*.asl.json"))


def definition() -> dict[str, Any]:
    text = (ROOT / "statemachine/dr_orchestration.asl.json").read_text()
    loaded: dict[str, Any] = json.loads(state_machines.PLACEHOLDER.sub(state_machines.FUNCTION_ARN, text))
    return loaded


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_both_parsers_accept_the_definitions(file: Path) -> None:
    assert list(state_machines.problems_of(file)) == []


def with_a_fault(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    changed = definition()
    change(changed["States"]["BeginExecution"])
    return changed


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.update(Type="Tsk"),
        lambda state: state.update(ResultPath="no path"),
        lambda state: state.update(TimeoutSecond=3),
    ],
    ids=["type", "path", "field"],
)
@pytest.mark.parametrize("parser", [state_machines.by_schema, state_machines.by_grammar])
def test_each_parser_finds_a_fault(parser: Callable[[Any], Any], change: Callable[[dict[str, Any]], Any]) -> None:
    assert list(parser(with_a_fault(change)))


def test_a_number_in_quotes_is_found_by_the_grammar_only() -> None:
    changed = with_a_fault(lambda state: state["Retry"][-1].update(MaxAttempts="4"))
    assert list(state_machines.by_grammar(changed))


def test_what_is_not_json_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "broken.asl.json"
    file.write_text('{"StartAt": }')
    (problem,) = state_machines.problems_of(file)
    assert problem.startswith("not JSON")


def test_without_credentials_step_functions_is_said_not_to_have_validated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("boto3.session.Session.get_credentials", lambda _: None)
    assert state_machines.main(["--aws"]) == 0
    assert "Step Functions did not validate: there are no credentials." in capsys.readouterr().out


def test_the_checks_before_a_deployment_ask_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(checks, "_run", lambda *command: commands.append(command))
    checks.validate("qa")
    assert [command[2:] for command in commands if "scripts.state_machines" in command] == [
        ("scripts.state_machines", "--aws")
    ]
    (linted,) = [command for command in commands if command[0].endswith("cfn-lint")]
    templates = {str(path) for path in (ROOT / "infrastructure").glob("*.yaml")}
    assert set(linted[1:]) == {*templates, str(ROOT / "build/package/qa/sam.json")}
    assert "$(RUN) scripts.state_machines" in (ROOT / "Makefile").read_text()
