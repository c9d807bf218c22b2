"""Plan files and options of the demonstration, and the messages about mistakes in them; no cloud is started."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chalicelib.domain.plans.configuration import ConfigurationDocument, document_value
from chalicelib.domain.plans.yaml_text import to_yaml
from local.demo.cli import main
from local.demo.fleet import with_fleet
from local.demo.plan_file import EXAMPLE_FILE, PlanFileError, read_plan_file, refused_fields

GROUPS: list[dict[str, Any]] = [
    {"name": "Data", "accountId": "222233334444", "region": "us-east-1", "tags": {"Tier": "database"}},
    {"name": "Web", "accountId": "222233334444", "region": "us-east-1", "hostnames": ["shop-web-1"]},
]
WAVES = [{"name": "data", "protectionGroups": ["Data"]}, {"name": "web", "protectionGroups": ["Web"]}]
GOOD: dict[str, Any] = {"schemaVersion": 1, "groups": GROUPS, "plans": [{"name": "Shop", "waves": WAVES}]}
SHORT: dict[str, Any] = {"groups": GROUPS, "plan": {"name": "Shop", "waves": WAVES}}


def written(directory: Path, content: Any, name: str = "plan.json") -> Path:
    file = directory / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def located(file: Path) -> list[str]:
    with pytest.raises(PlanFileError) as refused:
        read_plan_file(file)
    lines = str(refused.value).splitlines()
    assert all(line.startswith(f"{file}: ") for line in lines)
    return [line.removeprefix(f"{file}: ") for line in lines]


def problems(file: Path) -> list[str]:
    return [re.sub(r" \(line \d+\)", "", message, count=1) for message in located(file)]


def test_the_example_plan_uses_two_accounts_both_selections_and_dependencies() -> None:
    content = read_plan_file(EXAMPLE_FILE)
    assert {group.account_id for group in content.groups} == {"222233334444", "333344445555"}
    assert any(group.tags for group in content.groups)
    assert any(group.hostnames for group in content.groups)
    assert {wave.name: wave.depends_on for wave in content.plan.waves} == {
        "database": (),
        "app": (1,),
        "web": (2,),
        "reporting": (),
    }


def test_yaml_and_json_are_the_same(tmp_path: Path) -> None:
    as_yaml = written(tmp_path, yaml.safe_dump(GOOD), "plan.yaml")
    assert read_plan_file(as_yaml) == read_plan_file(written(tmp_path, GOOD))


def test_the_short_form_of_scenarios_is_the_same(tmp_path: Path) -> None:
    long, short = (read_plan_file(written(tmp_path, content)) for content in (GOOD, SHORT))
    assert (short.groups, short.plan) == (long.groups, long.plan)


@pytest.mark.parametrize("count", [0, 2])
def test_a_plan_file_has_one_plan(tmp_path: Path, count: int) -> None:
    file = written(tmp_path, {**GOOD, "plans": GOOD["plans"] * count})
    assert problems(file) == [f"plans: must have one plan, which is run; it has {count}"]


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    [message] = problems(written(tmp_path, {**GOOD, "schemaVersion": 2}))
    assert message.startswith("schemaVersion: must be 1, the schema version of this installation")


def test_every_mistake_is_reported_at_once_with_file_and_field(tmp_path: Path) -> None:
    content = {
        "schemaVersion": 1,
        "groups": [{"name": "Data", "accountId": 222233334444, "region": "us-east-1", "tag": {}}],
        "plans": [{"name": "Shop", "waves": [{"name": "data", "protectionGroups": ["Data"], "onFailure": "PANIC"}]}],
    }
    message = "\n".join(problems(written(tmp_path, content)))
    assert "groups[0].accountId: " in message
    assert "put it in quotes" in message
    assert "groups[0].tag: is not a field here" in message
    assert "plans[0].waves[0].onFailure: " in message


def test_every_problem_names_the_field_and_its_line(tmp_path: Path) -> None:
    text = """groups:
  - name: Data
    accountId: 222233334444
    region: us-east-1
plan:
  name: Shop
  waves:
    - {name: data, protectionGroups: [Data], approvalRequired: yes}
    - name: web
      protectionGroups:
        - Web
      timeoutMinutes: 1:30
      colour: red
"""
    found = located(written(tmp_path, text, "plan.yaml"))
    assert [message.partition(": ")[0] for message in found] == [
        "groups[0].accountId (line 3)",
        "plan.waves[0].approvalRequired (line 8)",
        "plan.waves[1].colour (line 13)",
        "plan.waves[1].timeoutMinutes (line 12)",
    ]
    assert "put it in quotes" in found[0]
    assert "write true or false" in found[1]


def test_a_field_that_the_api_refuses_is_named_with_its_line(tmp_path: Path) -> None:
    file = written(tmp_path, "plan:\n  name: Shop\n  schedule:\n    cron: x\n", "plan.yaml")
    assert str(refused_fields(file, {"plan.schedule.cron": "no"})) == f"{file}: plan.schedule.cron (line 4): no"
    assert str(refused_fields(tmp_path / "gone.yaml", {"plan": "no"})) == f"{tmp_path / 'gone.yaml'}: plan: no"


def test_an_exported_plan_with_its_groups_is_a_plan_file(tmp_path: Path) -> None:
    content = read_plan_file(EXAMPLE_FILE)
    document = ConfigurationDocument(schema_version=1, groups=content.groups, plans=(content.plan,))
    again = read_plan_file(written(tmp_path, to_yaml(document_value(document)), "plan.yaml"))
    assert (again.plan, sorted(again.groups, key=str)) == (content.plan, sorted(content.groups, key=str))


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, '{"plan": {"name": "a",\n\t"name": "b"}}')
    assert located(file) == ["plan.name (line 2): is given twice, first in line 1; give it once"]


def test_a_wave_of_an_unknown_group_is_refused_with_the_names_of_the_groups(tmp_path: Path) -> None:
    content = {**SHORT, "plan": {"name": "Shop", "waves": [{"name": "data", "protectionGroups": ["Dato"]}]}}
    [message] = problems(written(tmp_path, content))
    assert (
        message
        == "plan.waves[0].protectionGroups[0]: there is no group 'Dato' under `groups`; the groups are: 'Data', 'Web'"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [("- a list", "must be a mapping"), ("a: [", "is neither YAML nor JSON"), ("", "must be a mapping")],
)
def test_a_file_that_is_not_a_plan_file(tmp_path: Path, text: str, message: str) -> None:
    assert message in problems(written(tmp_path, text))[0]


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    assert problems(tmp_path / "no.yaml") == ["file: cannot be read: No such file or directory"]


def test_more_servers_become_one_more_wave_with_a_group_for_each_place() -> None:
    content = read_plan_file(EXAMPLE_FILE)
    places = [("222233334444", "us-east-1"), ("333344445555", "us-east-1"), ("222233334444", "us-east-1")]
    bigger = with_fleet(content, places)
    assert len(bigger.groups) == len(content.groups) + 2
    assert bigger.plan.waves[-1].depends_on == ()
    assert with_fleet(content, []) == content


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scenario", "fire"], "There is no scenario or file 'fire'. The scenarios are: approval, cancel, "),
        (["--plan", "no-such-plan.yaml"], "no-such-plan.yaml: file: cannot be read"),
    ],
)
def test_what_cannot_be_used_is_reported_before_anything_starts(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""


@pytest.mark.parametrize("arguments", [["--speed", "0"], ["--servers", "-1"], ["--mode", "TEST"], ["--sped", "3"]])
def test_bad_options_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert arguments[0] in capsys.readouterr().err
