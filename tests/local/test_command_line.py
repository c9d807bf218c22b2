"""`python -m local` with the product in it, as a person at a terminal sees it."""

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.conftest import REPOSITORY, RunningCloud, deployed, free_port, local_environment
from tests.waiting import PATIENCE_SECONDS


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        cwd=REPOSITORY,
        env={**local_environment(), **environment},
        check=False,
    )


@pytest.fixture(scope="module")
def started() -> Iterator[tuple[RunningCloud, str, Path]]:
    """A running `python -m local`: how to reach it, what it printed, and its state file."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "--port", str(port), "--no-schedules"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**local_environment(), "AWS_PROFILE": "production", "AWS_ACCESS_KEY_ID": "AKIAREAL"},
    )
    assert process.stdout is not None
    try:
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("Ctrl-C"):
                break
        [file] = [Path(line.split()[2]) for line in printed.splitlines() if line.startswith("Passwords")]
        state = json.loads(file.read_text())
        yield RunningCloud(state), printed, file
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE_SECONDS)
        process.stdout.close()


Started = tuple[RunningCloud, str, Path]


def test_a_notice_says_that_the_users_own_aws_configuration_is_not_used(started: Started) -> None:
    assert "AWS_PROFILE is set, but not used." in started[1]
    assert "AWS_ACCESS_KEY_ID is set, but not used" in started[1]


def test_passwords_are_only_in_the_state_file_which_only_its_owner_can_read(started: Started) -> None:
    cloud, printed, file = started
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for user in cloud.described["users"].values():
        assert user["password"] not in printed
        assert user["email"] in printed


def test_the_policies_are_enforced_by_default(started: Started) -> None:
    assert "enforced" in started[1]
    assert "NOT ENFORCED" not in started[1]


def test_a_user_signs_in_from_the_command_line_and_uses_the_product(started: Started) -> None:
    cloud, _, file = started
    command = [sys.executable, "-m", "local.sign_in", "--state", str(file), "DRSOperator"]
    token = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=REPOSITORY, env=local_environment()
    ).stdout.strip()
    assert cloud.http("GET", "/api/health").status == 200
    user = cloud.http("GET", "/api/user", headers={"Authorization": token})
    assert (user.status, user.json()["roles"]) == (200, ["DRSOperator"])
    assert cloud.http("GET", "/api/user").status == 401


def test_the_deployment_guides_calls_work_on_the_endpoint(started: Started) -> None:
    cloud = started[0]
    error, payload = cloud.invoke("query-handler", {"operation": "list_executions"})
    assert error is None
    assert payload["statusCode"] == 200
    rules: list[dict[str, Any]] = cloud.client("events").list_rules(NamePrefix="aws-drs-orchestration")["Rules"]
    assert rules


def test_an_endpoint_on_another_machine_is_refused() -> None:
    refused = _run("--port", str(free_port()), AWS_ENDPOINT_URL_DYNAMODB="https://dynamodb.us-east-1.amazonaws.com")
    assert refused.returncode == 2
    assert "AWS_ENDPOINT_URL_DYNAMODB" in refused.stderr


def test_a_requested_port_that_is_taken_is_an_error(started: Started) -> None:
    port = started[0].endpoint.rpartition(":")[2]
    refused = _run("--port", port)
    assert refused.returncode == 2
    assert f"Port {port} is taken" in refused.stderr


def test_a_file_that_is_not_a_scenario_is_refused_before_anything_starts(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("- just a list\n")
    refused = _run("--scenario", str(file))
    assert refused.returncode == 2
    assert "scenario.yaml: file: must be a mapping" in refused.stderr


def test_nothing_listens_on_other_addresses(started: Started) -> None:
    port = int(started[0].endpoint.rpartition(":")[2])
    table = Path("/proc/net/tcp")
    listening = table.read_text().splitlines()[1:] if table.exists() else []
    addresses = {line.split()[1].split(":")[0] for line in listening if line.split()[1].endswith(f":{port:04X}")}
    assert addresses <= {"0100007F"}


def test_the_workflow_is_the_file_with_the_functions_filled_in(started: Started) -> None:
    cloud = started[0]
    arn = cloud.described["state_machine_arn"]
    definition = cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)["definition"]
    file = (REPOSITORY / "statemachine" / "dr_orchestration.asl.json").read_text()
    prefix = "arn:aws:lambda:us-east-2:111122223333:function"
    for key, function in {"QueryHandlerArn": "query-handler", "ExecutionHandlerArn": "execution-handler"}.items():
        file = file.replace(f"${{{key}}}", f"{prefix}:{deployed(function)}:workflow")
    assert json.loads(definition) == json.loads(file)


@pytest.mark.parametrize("options", [[], ["--no-autoreload"]])
def test_chalice_local_says_what_to_use_instead(options: list[str]) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "chalice"), "local", "--port", str(free_port()), *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        cwd=REPOSITORY,
        env=local_environment(),
        check=False,
    )
    assert done.stderr.splitlines()[-1].endswith("Use `make demo` instead.")
