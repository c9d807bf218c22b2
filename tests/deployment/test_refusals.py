"""What a deployment refuses before it changes anything, and what it says."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from scripts.deployment import deploy, functions, history, record, rollback, sign_in, stacks, verify
from scripts.deployment.lock import ENDING, key_of, locked
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


@pytest.mark.parametrize("script", ["deploy", "rollback", "tear_down", "verify", "sign_in"])
def test_every_script_says_what_a_fresh_clone_lacks(script: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    done = subprocess.run(
        [tmp_path / "scripts" / f"{script}.sh", "qa"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Run `make setup` first: it makes .venv with the locked packages.\n"


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
        (["prod"], ("validate", "security", "tests"), deploy.STEPS),
        (["prod", "--lambda-only"], ("validate", "security", "tests"), ("functions", "aliases", "smoke")),
        (["prod", "--frontend-only"], ("validate", "security", "tests"), ("dashboard",)),
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


@pytest.mark.parametrize(
    ("commit", "changed", "problem"),
    [
        ("", [], "this directory is not a clone of the repository"),
        ("c1+", ["app.py", "Makefile"], "and app.py, Makefile changed since: commit or stash it"),
    ],
)
def test_prod_is_deployed_from_a_commit_only(
    aws: str, monkeypatch: pytest.MonkeyPatch, commit: str, changed: list[str], problem: str
) -> None:
    monkeypatch.setattr("scripts.deployment.preflight.commit", lambda: commit)
    monkeypatch.setattr("scripts.deployment.preflight.uncommitted", lambda: changed)
    with pytest.raises(Refused, match=problem):
        preflight(Stage.of("prod"), account=None, confirm=lambda _: "prod")


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


def test_a_deployment_that_is_locked_out_is_refused_before_its_checks_and_changes_no_stack(
    other: Stage, aws: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the data stack, too: it has parameters that change for whom the functions work."""
    theirs = {"id": "1", "arn": "arn:aws:iam::1:user/ada", "host": "ci-7", "pid": 1}
    other.client("s3").put_object(Bucket=other.bucket, Key=key_of(other), Body=json.dumps(theirs).encode())
    before = changes_of_stacks(aws)
    assert deploy.main(["dev", "--skip-tests", "--set", "EvidenceRetentionDays=1"]) == 2
    shown = capsys.readouterr()
    assert "dev is being deployed by arn:aws:iam::1:user/ada on ci-7" in shown.err
    assert "== validate" not in shown.out
    with pytest.raises(Refused, match="is being deployed by"):
        deploy.run(Stage.of("dev"), ("data", "functions"), chosen={"EvidenceRetentionDays": "1"})
    assert changes_of_stacks(aws) == before
    other.client("s3").delete_object(Bucket=other.bucket, Key=key_of(other))


def changes_of_stacks(aws: str) -> int:
    with urllib.request.urlopen(f"{aws}/_calls") as answer:
        return sum(call in ("CreateStack", "UpdateStack") for call in json.load(answer))


def test_a_part_of_a_deployment_is_refused_before_its_checks_where_there_is_no_stage(
    aws: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scripts.deployment.preflight.uncommitted", list)
    assert deploy.main(["prod", "--lambda-only", "--account", "123456789012", "--yes"]) == 2
    shown = capsys.readouterr()
    assert "The stack aws-drs-orchestration-data-prod does not exist" in shown.err
    assert "== validate" not in shown.out


@pytest.mark.parametrize("number", ENDING)
def test_a_deployment_that_is_ended_from_outside_releases_its_lock(other: Stage, number: signal.Signals) -> None:
    # A suite that was started with nohup ignores the end of its terminal.
    former = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(SystemExit) as ended, locked(other, "x"):
            end_this_process(number)
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, former)
    assert ended.value.code == 128 + number
    assert other.client("s3").list_objects_v2(Bucket=other.bucket, Prefix=key_of(other))["KeyCount"] == 0


def test_a_deployment_that_was_started_with_nohup_goes_on_without_its_terminal(other: Stage) -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with locked(other, "x"):
        signal.raise_signal(signal.SIGHUP)
        assert other.client("s3").list_objects_v2(Bucket=other.bucket, Prefix=key_of(other))["KeyCount"] == 1
    signal.signal(signal.SIGHUP, former)


def end_this_process(number: signal.Signals) -> None:
    assert callable(signal.getsignal(number)), "the process would end at once, and leave its lock"
    signal.raise_signal(number)


def test_ctrl_c_is_answered_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "run", interrupted)
    assert deploy.main(["dev", "--validate-only"]) == 130
    assert capsys.readouterr().err == "The deployment of dev was interrupted: repeat the same command.\n"


def test_without_credentials_it_is_said_what_to_do(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(Refused, match=r"does not accept the credentials .*: sign in, for example with `aws sso login`"):
        Stage.of("dev")


def test_without_a_network_nobody_is_told_to_sign_in() -> None:
    def unreachable() -> None:
        raise EndpointConnectionError(endpoint_url="https://sts.us-east-2.amazonaws.com")

    session = SimpleNamespace(client=lambda *_, **__: SimpleNamespace(get_caller_identity=unreachable))
    with pytest.raises(Refused, match=r"AWS does not answer .*: look at the network and at AWS_REGION"):
        Stage("qa", session).require_account(None)


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (EOFError(), "The sign-in ended: nobody answered.\n"),
        (KeyboardInterrupt(), "The sign-in ended: nobody answered.\n"),
        (EndpointConnectionError(endpoint_url="https://x"), "The sign-in failed: Could not connect to the endpoint"),
    ],
)
def test_a_sign_in_that_cannot_be_completed_ends_with_a_sentence(
    other: Stage,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    said: str,
) -> None:
    def ask(_: str) -> str:
        raise raised

    monkeypatch.setattr("getpass.getpass", ask)
    assert sign_in.main([other.name, "ada@example.com"]) == 1
    assert capsys.readouterr().err.startswith(said)


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
    for api in found:
        gateway.delete_rest_api(restApiId=api)


def test_a_rollback_without_an_earlier_deployment_says_so(other: Stage) -> None:
    with pytest.raises(Refused, match="There is no earlier deployment of dev that passed its smoke test"):
        history.to_go_back_to(other, None)
    with pytest.raises(Refused, match="There is no deployment 1234 of dev"):
        history.to_go_back_to(other, "1234")


def test_a_rollback_that_nobody_confirms_needs_the_account_that_is_meant(
    other: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        rollback.main(["dev", "--yes"])
    assert "--yes needs --account ID" in capsys.readouterr().err
    assert rollback.main(["dev", "--yes", "--account", "999999999999"]) == 2
    assert "are of account 123456789012, not of 999999999999: sign in to 999999999999." in capsys.readouterr().err


def test_a_rollback_passes_over_a_function_that_was_never_deployed(
    other: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    """A newer version has it, whose deployment ended before Chalice had made it."""
    target = history.Deployment(id="1", commit="c", by="ada", package="packages/1.zip")
    rollback._give_code(other, "aws-drs-orchestration-newer-dev", target)
    assert capsys.readouterr().out == "aws-drs-orchestration-newer-dev: does not exist, so it was passed over\n"


def test_a_stage_of_which_parts_are_missing_is_compared_to_its_end(
    other: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.main([other.name]) == 1
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "dev in account 123456789012, us-east-2, as arn:aws:sts::123456789012:user/moto"
    differing = [line.removeprefix("DIFFERS").strip() for line in lines if line.startswith("DIFFERS")]
    for what in (
        "stack aws-drs-orchestration-dev: missing",
        "function aws-drs-orchestration-query-handler-dev: missing",
        "aliases of execution-handler: missing",
        "rule aws-drs-orchestration-inventory-sync-dev: missing",
        "rule aws-drs-orchestration-drs-events-dev: missing",
        "REST API aws-drs-orchestration-dev: missing",
    ):
        assert what in differing


def test_a_part_that_cannot_be_looked_at_is_a_difference_and_ends_nothing(other: Stage) -> None:
    """An API without a stage: an import has failed."""
    gateway = other.client("apigateway")
    api = gateway.create_rest_api(name=other.rest_api_name)["id"]
    findings = verify.verify(other)
    gateway.delete_rest_api(restApiId=api)
    assert [right for right, line in findings if "NotFoundException" in line and line.startswith("API: ")] == [False]


def test_the_record_is_written_when_chalice_fails(
    other: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in the place of Chalice that makes a function and an API, and then fails."""
    made = {"name": "query-handler", "resource_type": "lambda_function", "lambda_arn": "arn:aws:lambda:1"}
    chalice = tmp_path / "chalice"
    chalice.write_text(
        f"#!{sys.executable}\n"
        "import boto3, json, pathlib, sys\n"
        "file = pathlib.Path('.chalice/deployed/dev.json')\n"
        f"file.write_text(json.dumps({{**json.loads(file.read_text()), 'resources': [{made}]}}))\n"
        f"boto3.client('apigateway').create_rest_api(name={other.rest_api_name!r})\n"
        "sys.exit(3)\n"
    )
    chalice.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(subprocess.CalledProcessError):
        functions.deploy_functions(Stage.of("dev"))
    apis = other.client("apigateway").get_rest_apis()["items"]
    (api,) = [each["id"] for each in apis if each["name"] == other.rest_api_name]
    other.client("apigateway").delete_rest_api(restApiId=api)
    function, rest_api = record.stored(other)["resources"]
    record.remove_record(other)
    assert function == made
    assert rest_api["rest_api_id"] == api
    assert other.client("s3").list_objects_v2(Bucket=other.bucket, Prefix=key_of(other))["KeyCount"] == 0


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
