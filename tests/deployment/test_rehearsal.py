"""A whole deployment against a stand-in of AWS: by Chalice as typed, step by step with ends in between, and back.

One rehearsal for all tests of this file: each looks at what one moment of it left.
"""

import io
import json
import os
import subprocess
import sys
import urllib.request
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from scripts.chalice_config import FUNCTIONS
from scripts.chalice_names import name_of
from scripts.deployment import application, deploy, functions, history, record, rollback
from scripts.deployment.history import Deployment
from scripts.deployment.lock import key_of
from scripts.deployment.stage import Stage
from scripts.deployment.verify import Finding, verify

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
RULE = name_of("inventory-sync", "qa")


class Ended(BaseException):
    """What stands for the end of the process after a step."""


CHOSEN = {"OrganizationId": "o-a1b2c3d4e5"}


@dataclass
class Rehearsal:
    """What was seen at each moment."""

    refused: subprocess.CompletedProcess[str]
    typed: subprocess.CompletedProcess[str]
    apis: list[list[str]] = field(default_factory=list)
    recorded: dict[str, Any] = field(default_factory=dict)
    functions: list[dict[str, Any]] = field(default_factory=list)
    first: Deployment | None = None
    after_failure: list[Deployment] = field(default_factory=list)
    failed_with: int = -1
    rolled_back_with: int = -1
    aliases: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    verified: list[Finding] = field(default_factory=list)
    differing: list[Finding] = field(default_factory=list)
    beside: list[Any] = field(default_factory=list)
    said: str = ""
    tags: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def rehearsal(aws: str, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    site = tmp_path_factory.mktemp("site")
    (site / "assets").mkdir()
    for name in ("index.html", "assets/index-1.js"):
        (site / name).write_text(name)
    stage, beside = Stage.of("qa"), Stage.of("prod")
    make_beside(beside)
    before = look_beside(beside)
    refused = chalice_deploy()
    application.deploy_data(stage)
    seen = Rehearsal(refused, chalice_deploy())
    seen.apis.append(apis(stage))
    seen.recorded = json.loads(stored(stage, record.key_of(stage)))
    listed = stage.client("lambda").list_functions()["Functions"]
    seen.functions = [each for each in listed if each["FunctionName"] != name_of("inventory-sync", beside.name)]
    end_after_each_step(stage, site)
    lose_the_record(stage)
    with redirect_stdout(io.StringIO()) as said:
        assert deploy.run(Stage.of("qa"), deploy.STEPS, site=site) == 0
    seen.said = said.getvalue()
    seen.tags = stage.client("lambda").list_tags(Resource=seen.functions[0]["FunctionArn"])["Tags"]
    seen.apis.append(apis(stage))
    seen.first = history.listed(stage)[0]
    fail_the_smoke_test(aws, stage, seen)
    seen.verified = verify(stage)
    disturb_a_rule(stage)
    seen.differing = verify(stage)
    assert deploy.run(Stage.of("qa"), ("aliases", "smoke")) == 0
    seen.rolled_back_with = rollback.main(["qa", "--yes", "--account", "123456789012"])
    for handler in ("query-handler", "execution-handler"):
        seen.aliases[handler] = stage.client("lambda").list_aliases(FunctionName=name_of(handler, "qa"))["Aliases"]
    seen.beside = [before, look_beside(beside)]
    return seen


def make_beside(stage: Stage) -> None:
    """Of a second stage in the same account: a function with a role, an alias and a disabled rule, and an API."""
    name, trust = name_of("inventory-sync", stage.name), json.dumps({"Statement": []})
    role = stage.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    package = io.BytesIO()
    with ZipFile(package, "w") as archive:
        archive.writestr("app.py", "")
    lambdas = stage.client("lambda")
    lambdas.create_function(
        FunctionName=name, Runtime="python3.11", Role=role, Handler="app.app", Code={"ZipFile": package.getvalue()}
    )
    lambdas.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    stage.client("events").put_rule(Name=name, ScheduleExpression="rate(1 day)", State="DISABLED")
    stage.client("apigateway").create_rest_api(name=stage.rest_api_name)


def look_beside(stage: Stage) -> Any:
    name = name_of("inventory-sync", stage.name)
    function, alias = {"FunctionName": name}, {"FunctionName": name, "Name": "live"}
    found = [
        stage.client("lambda").get_function_configuration(**function),
        stage.client("lambda").get_alias(**alias),
        stage.client("events").describe_rule(Name=name),
        stage.client("events").list_targets_by_rule(Rule=name),
        stage.client("iam").list_role_policies(RoleName=name),
    ]
    listed = stage.client("apigateway").get_rest_apis()["items"]
    apis = [api for api in listed if api["name"] == stage.rest_api_name]
    return [{key: value for key, value in each.items() if key != "ResponseMetadata"} for each in [*found, *apis]]


def chalice_deploy() -> subprocess.CompletedProcess[str]:
    chalice = Path(sys.executable).parent / "chalice"
    return subprocess.run(
        [str(chalice), "deploy", "--stage", "qa"], cwd=ROOT, capture_output=True, text=True, check=False
    )


def end_after_each_step(stage: Stage, site: Path) -> None:
    """After the first one the process is killed and leaves its lock; the functions are those of `chalice deploy`."""
    steps = ("data", "aliases", "application", "dashboard")
    program = (
        "import os; from scripts.deployment import deploy, stage; "
        f"deploy.run(stage.Stage.of('qa'), {steps}, lambda step: step == 'aliases' and os._exit(9))"
    )
    killed = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == 9
    assert stored(stage, key_of(stage)), "the lock is left"
    for ended_after in ("data", "application", "dashboard"):

        def end(step: str, ended_after: str = ended_after) -> None:
            if step == ended_after:
                raise Ended

        with pytest.raises(Ended):
            deploy.run(Stage.of("qa"), steps, end, site=site, chosen=CHOSEN)


def lose_the_record(stage: Stage) -> None:
    """And an import that was repeated has left a second API, which never got a stage."""
    stage.client("s3").delete_object(Bucket=stage.bucket, Key=record.key_of(stage))
    stage.client("apigateway").create_rest_api(name=stage.rest_api_name)


def fail_the_smoke_test(aws: str, stage: Stage, seen: Rehearsal) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{aws}/_break", method="POST")).close()
    seen.failed_with = deploy.run(Stage.of("qa"), ("aliases", "smoke"))
    urllib.request.urlopen(urllib.request.Request(f"{aws}/_repair", method="POST")).close()
    seen.after_failure = history.listed(stage)


def disturb_a_rule(stage: Stage) -> None:
    events = stage.client("events")
    events.disable_rule(Name=RULE)
    events.put_targets(Rule=RULE, Targets=[{"Id": "1", "Arn": f"arn:aws:lambda:us-east-2:1:function:{RULE}-old"}])


def stored(stage: Stage, key: str) -> bytes:
    body: bytes = stage.client("s3").get_object(Bucket=stage.bucket, Key=key)["Body"].read()
    return body


def apis(stage: Stage) -> list[str]:
    found = stage.client("apigateway").get_rest_apis()["items"]
    return [api["id"] for api in found if api["name"] == "aws-drs-orchestration-qa"]


def test_chalice_refuses_with_one_sentence_without_the_data_stack(rehearsal: Rehearsal) -> None:
    assert rehearsal.refused.returncode == 2
    assert rehearsal.refused.stderr == (
        "The stack aws-drs-orchestration-data-qa does not exist in account 123456789012, us-east-2: run "
        "`scripts/deploy.sh qa`, which makes it first.\n"
    )


def test_chalice_deploys_as_typed_under_the_names_of_the_guide(rehearsal: Rehearsal) -> None:
    assert rehearsal.typed.returncode == 0, rehearsal.typed.stdout + rehearsal.typed.stderr
    assert {function["FunctionName"] for function in rehearsal.functions} == {name_of(name, "qa") for name in FUNCTIONS}
    (query,) = [
        each for each in rehearsal.functions if each["FunctionName"] == "aws-drs-orchestration-query-handler-qa"
    ]
    assert query["Role"].endswith(":role/aws-drs-orchestration-query-handler-qa")
    variables = query["Environment"]["Variables"]
    assert variables["USER_POOL_ARN"].startswith("arn:aws:cognito-idp:us-east-2:123456789012:userpool/us-east-2_")
    assert {"USER_POOL_CLIENT_ID", "CURSOR_KEYS", "COMMIT"} <= variables.keys()
    rules = {entry["rule_name"] for entry in rehearsal.recorded["resources"] if "rule_name" in entry}
    assert RULE in rules
    assert rules <= {name_of(name, "qa") for name in FUNCTIONS}


def test_an_api_is_adopted_and_never_doubled(rehearsal: Rehearsal) -> None:
    first, again = rehearsal.apis
    assert first == again
    assert len(first) == 1


def test_a_deployment_can_be_repeated_after_an_end_at_any_step(rehearsal: Rehearsal) -> None:
    assert rehearsal.first is not None
    assert rehearsal.first.works
    assert rehearsal.first.package
    assert rehearsal.first.template.startswith("templates/workflow-")
    assert set(rehearsal.first.versions) == {"query-handler", "execution-handler", "data-management-handler"}


def test_what_a_person_chose_is_kept_by_later_deployments_and_rollbacks(rehearsal: Rehearsal, stage: Stage) -> None:
    assert rehearsal.rolled_back_with == 0
    stack = stage.stack(stage.application_stack)
    assert stack is not None
    given = {each["ParameterKey"]: each.get("ParameterValue") for each in stack["Parameters"]}
    assert given.items() >= CHOSEN.items()


def test_a_failed_smoke_test_goes_back_by_itself(rehearsal: Rehearsal) -> None:
    assert rehearsal.failed_with == 1
    failed, works = rehearsal.after_failure[:2]
    assert (failed.works, works.works) == (False, True)
    assert rehearsal.first is not None
    assert works.id == rehearsal.first.id


def test_a_stage_is_verified_and_a_difference_is_found(rehearsal: Rehearsal) -> None:
    assert [line for right, line in rehearsal.verified if not right] == []
    (line,) = [line for right, line in rehearsal.differing if not right]
    assert line.startswith(f"rule {RULE}: DISABLED")


def test_a_rollback_moves_all_aliases_and_restores_the_rules(rehearsal: Rehearsal, stage: Stage) -> None:
    assert rehearsal.rolled_back_with == 0
    assert rehearsal.first is not None
    for handler, listed in rehearsal.aliases.items():
        assert {alias["FunctionVersion"] for alias in listed} == {rehearsal.first.versions[handler]}
    assert {alias["Name"] for alias in rehearsal.aliases["execution-handler"]} == {"live", "rest", "workflow"}
    served = stage.client("apigateway").get_stage(restApiId=rehearsal.first.api, stageName="api")
    assert served["deploymentId"] == rehearsal.first.api_deployment
    assert all(right for right, _ in verify(stage)), "the rule runs again, with its own function"


def test_a_deployment_says_what_it_does_and_where_the_stage_is(rehearsal: Rehearsal, stage: Stage) -> None:
    assert rehearsal.first is not None
    for step in deploy.STEPS:
        assert f"== {step} (qa)\n" in rehearsal.said
    summary = rehearsal.said.partition("== done (qa) in ")[2]
    assert summary.splitlines()[0].endswith(f" s: {rehearsal.first.id}")
    assert f"REST API   {record.rest_url(stage, rehearsal.first.api)}\n" in summary
    assert "Dashboard  https://d1.example\n" in summary
    assert summary.endswith("Roll back  scripts/rollback.sh qa\n")


def test_the_commit_is_in_the_tags_and_the_record(rehearsal: Rehearsal) -> None:
    """And in the answer of `health`, with which the smoke test compares it."""
    assert rehearsal.first is not None
    assert rehearsal.first.commit == functions.commit() != ""
    assert rehearsal.tags.items() >= {"commit": rehearsal.first.commit, "stage": "qa"}.items()
    assert "answers with commit " + rehearsal.first.commit in rehearsal.said


def test_a_stage_beside_it_stays_as_it_is(rehearsal: Rehearsal) -> None:
    before, after = rehearsal.beside
    assert len(before) == 6
    assert after == before


def test_a_rollback_is_recorded_so_that_nothing_goes_back_to_what_it_left(rehearsal: Rehearsal, stage: Stage) -> None:
    assert rehearsal.first is not None
    listed = history.listed(stage)
    assert [each.id for each in listed if each.works and not each.rolled_back][:1] == [rehearsal.first.id]
    assert [(each.works, each.rolled_back) for each in listed[:2]] == [(True, True), (False, True)]
    assert rehearsal.after_failure[0].rolled_back


def test_the_lock_is_released(rehearsal: Rehearsal, stage: Stage) -> None:
    keys = stage.client("s3").list_objects_v2(Bucket=stage.bucket, Prefix="locks/")
    assert keys["KeyCount"] == 0
