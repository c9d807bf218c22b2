"""What was deployed works: zip and layer as uploaded, each function in processes of its own.

A deployment by Chalice to the stand-in; then the package of that deployment runs in a local cloud, where a user signs
in, starts a drill by REST and sees its end, schedules run, and pipelines call functions directly. The commands of the
deployment guide are called in both.
"""

import json
import re
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jmespath  # type: ignore[import-untyped]
import pytest

from scripts.chalice_config import FUNCTIONS, policy
from scripts.chalice_names import name_of
from scripts.deployment import deploy
from scripts.deployment.stage import Stage
from tests.command_lines import Call, call_of, commands_in
from tests.deployment.conftest import ROOT, pointing_at, running_stand_in
from tests.deployment.deployed import DeployedCloud, running, unpack
from tests.deployment.stand_in import ACCOUNT
from tests.waiting import eventually

pytestmark = pytest.mark.slow

GUIDE = (ROOT / "docs" / "guides" / "DEPLOYMENT_GUIDE.md").read_text()
SCHEDULED = (
    "inventory-sync",
    "recovery-instance-sync",
    "tag-sync",
    "staging-sync",
    "launch-settings-drift",
    "execution-watchdog",
    "drill-cleanup",
    "due-drills",
    "metrics",
)
ONLY_AWS = re.findall(r"^\| `aws ([a-z]+ [a-z-]+)` \|", GUIDE.partition("Only AWS can answer these.")[2], re.MULTILINE)

MADE_BEFORE = {
    "RoleName": name_of("query-handler", "qa"),
    "AssumeRolePolicyDocument": json.dumps({"Version": "2012-10-17", "Statement": []}),
    "Description": "made by another team",
}


@dataclass(frozen=True)
class Deployed:
    """A stage in the stand-in, and the cloud in which its package runs."""

    stand_in: str
    cloud: DeployedCloud


def test_what_was_deployed_works(tmp_path: Path, subtests: pytest.Subtests) -> None:
    """One test, because it takes one deployment; each check is reported by itself."""
    with running_deployment(tmp_path) as deployed:
        drilled = drill(deployed.cloud)
        for check in CHECKS:
            with subtests.test(check.__name__):
                check(deployed, drilled)


@contextmanager
def running_deployment(directory: Path) -> Iterator[Deployed]:
    with running_stand_in() as endpoint:
        with pointing_at(endpoint):
            Stage.of("qa").client("iam").create_role(**MADE_BEFORE)
            assert deploy.run(Stage.of("qa"), ("data", "functions", "aliases", "application")) == 0
            unpack(Stage.of("qa"), endpoint, directory)
        with running(directory) as cloud:
            yield Deployed(endpoint, cloud)


def drill(cloud: DeployedCloud) -> dict[str, Any]:
    """The execution of a drill of a wave for each account, from sign-in to its end, by REST alone."""
    manager, operator = cloud.sign_in("DRSPlanManager"), cloud.sign_in("DRSOperator")
    by_place: dict[tuple[str, str], list[str]] = {}
    for server_id, account, region in cloud.described["servers"].values():
        by_place.setdefault((account, region), []).append(server_id)
    waves: list[dict[str, Any]] = []
    for number, ((account, region), servers) in enumerate(sorted(by_place.items()), start=1):
        body = {"name": f"Group {number}", "accountId": account, "region": region, "sourceServerIds": servers[:2]}
        group = cloud.rest(manager, "POST", "/protection-groups", body)["groupId"]
        waves.append({"number": number, "name": f"Wave {number}", "protectionGroupIds": [group]})
    waves[-1]["dependsOn"] = [1]
    plan = cloud.rest(manager, "POST", "/recovery-plans", {"name": "Storefront", "waves": waves})["planId"]
    started = cloud.rest(operator, "POST", "/executions", {"planId": plan, "mode": "DRILL"})
    path = f"/executions/{started['execution']['executionId']}"

    def ended() -> Any:
        seen = cloud.rest(operator, "GET", path)
        return seen["execution"]["endedAt"] and seen

    found: dict[str, Any] = eventually(ended, every=0.5)
    return found


def a_drill_has_run(deployed: Deployed, drilled: dict[str, Any]) -> None:
    cloud = deployed.cloud
    assert drilled["execution"]["status"] == "COMPLETED", drilled
    assert [wave["status"] for wave in drilled["waves"]] == ["COMPLETED", "COMPLETED"]
    machine = cloud.client("stepfunctions")
    (run,) = machine.list_executions(stateMachineArn=cloud.described["machine"])["executions"]
    assert run["name"] == drilled["execution"]["executionId"]


def a_pipeline_calls_functions_directly(deployed: Deployed, drilled: dict[str, Any]) -> None:
    cloud = deployed.cloud
    execution_id = drilled["execution"]["executionId"]
    listed = cloud.invoke(name_of("query-handler", "qa"), {"operation": "list_executions"}, alias="live")
    assert [each["executionId"] for each in listed["body"]["items"]] == [execution_id]
    event = {"operation": "cancel_execution", "body": {"executionId": execution_id}}
    refused = cloud.invoke(name_of("execution-handler", "qa"), event, alias="live")
    assert refused["statusCode"] == 409, refused


def every_function_runs_and_logs_lines_of_json(deployed: Deployed, drilled: dict[str, Any]) -> None:
    """The evidence writer gets the streams of the tables, the function for events those of the drill's launches."""
    cloud = deployed.cloud
    assert drilled["execution"]["endedAt"]
    for function in SCHEDULED:
        assert cloud.run_schedule(function)["functionError"] is None
    # A direct call; the REST function has called the other two.
    cloud.invoke(name_of("query-handler", "qa"), {"operation": "health"})
    for function in FUNCTIONS:
        name = name_of(function, "qa")
        eventually(lambda name=name: cloud.has_run(name))  # type: ignore[misc]
        lines = [json.loads(line) for line in cloud.log(name)]
        assert [line for line in lines if line.get("level") in ("ERROR", "CRITICAL")] == []


def the_commands_of_the_guide_do_what_it_says(deployed: Deployed, drilled: dict[str, Any]) -> None:
    with pointing_at(deployed.stand_in):
        make_five_versions()
        commands = commands_in(GUIDE)
        for words in commands:
            carry_out(words, deployed, drilled)
        alias = Stage.of("qa").client("lambda").get_alias(FunctionName=name_of("query-handler", "qa"), Name="live")
        rule = Stage.of("qa").client("events").describe_rule(Name=name_of("inventory-sync", "qa"))
    seen = {" ".join(words[1:3]) for words in commands}
    assert len(seen) > 20
    assert alias["FunctionVersion"] == "5"
    assert rule["State"] == "DISABLED"
    assert len(ONLY_AWS) == 3
    assert set(ONLY_AWS) <= seen


def a_role_that_was_there_before_is_used_and_gets_its_policy(deployed: Deployed, _: dict[str, Any]) -> None:
    with pointing_at(deployed.stand_in):
        stage, name = Stage.of("qa"), str(MADE_BEFORE["RoleName"])
        role = stage.client("iam").get_role(RoleName=name)["Role"]
        assert role["Description"] == MADE_BEFORE["Description"]
        assert stage.client("lambda").get_function_configuration(FunctionName=name)["Role"] == role["Arn"]
        written = stage.client("iam").get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"]
    assert written == policy(ROOT, "qa", "query-handler")


CHECKS: tuple[Callable[[Deployed, dict[str, Any]], None], ...] = (
    a_drill_has_run,
    a_pipeline_calls_functions_directly,
    every_function_runs_and_logs_lines_of_json,
    the_commands_of_the_guide_do_what_it_says,
    a_role_that_was_there_before_is_used_and_gets_its_policy,
)


def carry_out(words: list[str], deployed: Deployed, drilled: dict[str, Any]) -> None:
    """Does what one line of the guide means. Raises AssertionError, or the SDK's error, when it does not work."""
    match words:
        case ["./scripts/deploy.sh", *arguments]:
            assert deploy._options(arguments).stage == "qa"
        case ["grep", option, pattern, "lambda/query-handler/index.py"]:
            places = ("chalicelib/functions/query_handler.py", "chalicelib/query")
            found = subprocess.run(["grep", option, pattern, *places], cwd=ROOT, capture_output=True, check=False)
            assert (found.returncode, found.stdout) == (1, b""), "the query side has a writer"
        case ["aws", service, operation, *_] if f"{service} {operation}" in ONLY_AWS:
            named_function_has_run(call_of(words), words, deployed.cloud)
        case ["aws", service, *_]:
            in_cloud = service in ("stepfunctions", "dynamodb") or words[2] == "invoke"
            account = deployed.cloud.described["machine"].split(":")[4] if in_cloud else ACCOUNT
            own = {"891376951562": account, "exec-123": drilled["execution"]["executionId"]}
            call = call_of([replaced(word, own) for word in words])
            client = deployed.cloud.client(service) if in_cloud else Stage.of("qa").client(service)
            answers(call, client, deployed)
        case _:
            pytest.fail(f"nothing knows how to do {words}")


def answers(call: Call, client: Any, deployed: Deployed) -> None:
    """Makes a call, and looks at the answer as far as its command shows it."""
    states = {"CancelUpdateStack": "UPDATE_IN_PROGRESS", "ContinueUpdateRollback": "UPDATE_ROLLBACK_FAILED"}
    if call.operation in states:
        put_stack_into(states[call.operation], deployed, call.parameters["StackName"])
    if call.operation == "GetPolicy":
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.get_policy(**call.parameters)
        assert "events.amazonaws.com" in client.get_policy(FunctionName=name_of("inventory-sync", "qa"))["Policy"]
        return
    answer = client._make_api_call(call.operation, call.parameters)
    if call.operation == "Invoke":
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        # Of the wave of an execution that does not exist, the answer is that there is none.
        expected = 404 if b'"executionId": "test"' in call.parameters["Payload"] else 200
        assert payload["statusCode"] == expected, payload
    elif call.operation in ("Scan", "Query"):
        assert answer["Items"], call
    elif call.query:
        assert jmespath.search(call.query.replace("`", "'"), answer), call


def named_function_has_run(call: Call, words: list[str], cloud: DeployedCloud) -> None:
    """What stands in for metrics and logs: the function that a command names has run and logged."""
    (name,) = set(re.findall(r"aws-drs-orchestration-[a-z-]+-qa", " ".join(words)))
    assert cloud.has_run(name)
    if call.parameters.get("filterPattern") == "ERROR":
        assert not any('"ERROR"' in line for line in cloud.log(name))


def make_five_versions() -> None:
    """The guide goes back to version 5. A version is made only of a function that has changed."""
    functions = Stage.of("qa").client("lambda")
    name = name_of("query-handler", "qa")
    for number in range(5):
        functions.update_function_configuration(FunctionName=name, Description=f"version {number}")
        functions.publish_version(FunctionName=name)


def put_stack_into(status: str, deployed: Deployed, name: str) -> None:
    request = urllib.request.Request(f"{deployed.stand_in}/_stack/{name}/{status}", method="POST")
    urllib.request.urlopen(request).close()


def replaced(text: str, by: dict[str, str]) -> str:
    for former, own in by.items():
        text = text.replace(former, own)
    return text
