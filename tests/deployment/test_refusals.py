"""What a deployment refuses before it changes anything, and what it says."""

import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.deployment import checks, deploy, history, record, stacks
from scripts.deployment.lock import key_of, locked
from scripts.deployment.preflight import preflight
from scripts.deployment.stage import Refused, Stage

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guides" / "DEPLOYMENT_GUIDE.md").read_text()
LINES = [["./scripts/deploy.sh", *options.split()] for options in ("qa", "qa --lambda-only", "qa --frontend-only")]
"""The lines of the specification that ask an account first; the fourth, `--validate-only`, runs every check."""


@pytest.mark.parametrize("script", ["deploy", "rollback", "tear_down", "verify", "sign_in"])
def test_every_script_explains_itself(script: str) -> None:
    done = subprocess.run([f"scripts/{script}.sh", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"usage: scripts/{script}.sh" in done.stdout


def test_these_are_the_lines_of_the_specification() -> None:
    named = {line.partition("#")[0].strip() for line in GUIDE.splitlines() if line.startswith("./scripts/deploy.sh")}
    assert named == {" ".join(line) for line in LINES} | {"./scripts/deploy.sh qa --validate-only"}


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_specification_is_refused_before_anything_happens_without_a_region(line: list[str]) -> None:
    """The script itself is run as it is typed; its steps are rehearsed elsewhere."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    done = subprocess.run(line, cwd=ROOT, env={**environment, **nowhere}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "No Region is named: set AWS_REGION (for example AWS_REGION=us-east-2)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "checked", "steps"),
    [
        (["qa"], ("validate", "security", "tests"), deploy.STEPS),
        (["qa", "--skip-tests"], ("validate", "security"), deploy.STEPS),
        (
            ["qa", "--api-only"],
            ("validate", "security", "tests"),
            ("data", "functions", "aliases", "application", "smoke"),
        ),
        (["qa", "--lambda-only"], ("validate",), ("functions", "aliases", "smoke")),
        (["qa", "--frontend-only"], (), ("dashboard",)),
        (["qa", "--validate-only"], ("validate",), ()),
    ],
)
def test_an_option_chooses_the_steps(arguments: list[str], checked: tuple[str, ...], steps: tuple[str, ...]) -> None:
    assert deploy._chosen(deploy._options(arguments)) == (checked, steps)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["local"],
        ["qa", "--everything"],
        ["qa", "--lambda-only", "--validate-only"],
        ["qa", "--api-only", "--frontend-only"],
        ["prod", "--yes"],
        ["qa", "--lambda-only", "--set", "OrganizationId=o-a1b2c3d4e5"],
    ],
)
def test_arguments_that_are_not_understood_start_nothing(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        deploy.main(arguments)
    assert ended.value.code == 2


@pytest.mark.parametrize("setting", ["OrganizationId", "Stage=prod", "Nothing=1", "=1"])
def test_only_what_a_person_may_choose_is_set(setting: str, capsys: pytest.CaptureFixture[str]) -> None:
    known = (
        "EventAccounts, EvidenceRetentionDays, Firewall, FirewallRequests, OrganizationId, Roles, UserPoolClientId, "
        "UserPoolId"
    )
    assert deploy.main(["qa", "--set", setting]) == 2
    assert f"with one of: {known}." in capsys.readouterr().err


def test_what_was_chosen_is_kept_as_far_as_the_template_has_it() -> None:
    stack = {"Parameters": [{"ParameterKey": name} for name in ("Stage", "OrganizationId", "Former")]}
    template = {"Parameters": [{"ParameterKey": name} for name in ("Stage", "OrganizationId", "New")]}
    kept = stacks._kept(stack, {"Stage": "qa"}, template)
    assert kept == [{"ParameterKey": "OrganizationId", "UsePreviousValue": True}]


def test_prod_is_not_deployed_without_its_tests(capsys: pytest.CaptureFixture[str]) -> None:
    assert deploy.main(["prod", "--skip-tests"]) == 2
    assert "leave out --skip-tests" in capsys.readouterr().err


def test_another_account_than_the_one_that_was_meant_is_refused(aws: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert deploy.main(["dev", "--frontend-only", "--account", "999999999999"]) == 2
    assert "are of account 123456789012, not of 999999999999" in capsys.readouterr().err


def test_prod_is_deployed_only_when_its_name_is_typed(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.deployment.preflight.uncommitted", list)
    with pytest.raises(Refused, match="was not confirmed"):
        preflight(Stage.of("prod"), account=None, confirm=lambda _: "yes")
    preflight(Stage.of("prod"), account=None, confirm=lambda _: "prod")
    preflight(Stage.of("prod"), account="123456789012", confirm=None)


def test_a_lock_names_who_holds_it_and_how_to_remove_it(other: Stage) -> None:
    theirs = {
        "id": "1",
        "arn": "arn:aws:iam::1:user/ada",
        "host": "ci-7",
        "pid": 1,
        "purpose": "deploy",
        "since": "12:00",
    }
    other.client("s3").put_object(Bucket=other.bucket, Key=key_of(other), Body=json.dumps(theirs).encode())
    with (
        pytest.raises(Refused, match=r"by arn:aws:iam::1:user/ada on ci-7 since 12:00 .*aws s3 rm s3://"),
        locked(other, "x"),
    ):
        pytest.fail("two deployments at once")
    other.client("s3").delete_object(Bucket=other.bucket, Key=key_of(other))
    with locked(other, "first"), locked(other, "what the first one starts"):
        assert other.client("s3").get_object(Bucket=other.bucket, Key=key_of(other))


def test_two_apis_that_serve_are_never_chosen_between(other: Stage) -> None:
    gateway, found = other.client("apigateway"), []
    for _ in range(2):
        api = gateway.create_rest_api(name=other.rest_api_name)["id"]
        root = gateway.get_resources(restApiId=api)["items"][0]["id"]
        gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
        gateway.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="MOCK")
        gateway.create_deployment(restApiId=api, stageName="api")
        found.append(api)
    with pytest.raises(Refused, match=f"There are 2 REST APIs .*{min(found)}, {max(found)}"):
        record.rest_api_id(other)
    assert record.rest_api_id(other, recorded=found[1]) == found[1]


def test_a_rollback_without_an_earlier_deployment_says_so(other: Stage) -> None:
    with pytest.raises(Refused, match="There is no earlier deployment of dev that passed its smoke test"):
        history.to_go_back_to(other, None)
    with pytest.raises(Refused, match="There is no deployment 1234 of dev"):
        history.to_go_back_to(other, "1234")


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ("UPDATE_IN_PROGRESS", "wait until it has settled"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name s"),
        ("ROLLBACK_FAILED", "delete-stack --stack-name s"),
        ("ROLLBACK_COMPLETE", ""),
        ("UPDATE_ROLLBACK_COMPLETE", ""),
        ("REVIEW_IN_PROGRESS", ""),
    ],
)
def test_a_stack_that_cannot_be_deployed_now_is_named_with_the_remedy(status: str, remedy: str) -> None:
    stage: Any = SimpleNamespace(stack=lambda name: {"StackStatus": status})
    assert remedy in stacks.why_not(stage, "s")
    assert bool(stacks.why_not(stage, "s")) == bool(remedy)


def test_secrets_are_found_and_the_repository_has_none(tmp_path: Path) -> None:
    for text in ("AKIA" + "Q" * 16, "-----BEGIN " + "PRIVATE KEY-----\n" + "M" * 64):
        file = tmp_path / "file"
        file.write_text(f"key = {text}")
        assert checks.secrets_in([file]) == [str(file)]
    assert checks.secrets_in(checks.tracked_files()) == []
