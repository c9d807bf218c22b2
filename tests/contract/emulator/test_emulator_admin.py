"""The admin endpoint, the command line, the example files and the package's independence."""

from __future__ import annotations

import ast
import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

import drs_emulator
from drs_emulator import Emulator, EmulatorSettings, FaultKind, ScenarioError
from drs_emulator.admin import answer_admin
from drs_emulator.cli import main
from drs_emulator.documents import parse_document, read_document
from drs_emulator.faults import PARAMETERS
from drs_emulator.operations import OPERATIONS
from drs_emulator.server import make_http_server
from drs_emulator.service_model import operation_names
from tests.waiting import PATIENCE_SECONDS

ACCOUNT, REGION = "111111111111", "us-east-1"
PACKAGE = Path(drs_emulator.__file__).parent
DOCUMENT = PACKAGE.parent / "docs" / "emulator.md"


def admin(served: Any, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{served.url}/_emulator/{path}", data=data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_faults_are_added_listed_and_removed_while_the_emulator_runs(served: Any) -> None:
    status, added = admin(served, "POST", "faults", {"id": "busy", "kind": "THROTTLE", "match": {"account": ACCOUNT}})
    assert (status, added) == (200, {"ids": ["busy"]})
    with pytest.raises(ClientError, match="ThrottlingException"):
        served.client().describe_jobs()
    (shown,) = admin(served, "GET", "faults")[1]["faults"]
    assert (shown["id"], shown["kind"], shown["struck"]) == ("busy", "THROTTLE", 1)
    assert admin(served, "DELETE", "faults/busy")[0] == 200
    served.client().describe_jobs()
    assert admin(served, "DELETE", "faults/busy")[0] == 404
    assert admin(served, "DELETE", "faults")[0] == 200


def test_a_wrong_fault_is_refused_with_every_other_fault_of_its_list(served: Any) -> None:
    status, answer = admin(served, "POST", "faults", {"faults": [{"kind": "THROTTLE"}, {"kind": "EXPLODE"}]})
    assert (status, answer["field"]) == (400, "faults[1].kind")
    served.client().describe_jobs()


def test_servers_are_added_and_their_replication_is_changed(served: Any) -> None:
    described = {"account": ACCOUNT, "region": REGION, "hostname": "late", "os": "WINDOWS"}
    (server_id,) = admin(served, "POST", "source-servers", described)[1]["sourceServerIDs"]
    change = {"account": ACCOUNT, "region": REGION, "replicationState": "PAUSED", "lagSeconds": 60}
    assert admin(served, "PATCH", f"source-servers/{server_id}", change)[0] == 200
    (shown,) = served.client().describe_source_servers()["items"]
    assert shown["dataReplicationInfo"]["dataReplicationState"] == "PAUSED"
    assert "Windows" in shown["sourceProperties"]["os"]["fullString"]
    status, answer = admin(served, "PATCH", f"source-servers/{server_id}", change | {"replicationState": "ODD"})
    assert (status, answer["field"]) == (400, "sourceServer.replicationState")
    assert admin(served, "PATCH", "source-servers/s-unknown", change)[0] == 404
    assert admin(served, "POST", "source-servers", {"account": ACCOUNT})[1]["field"] == "sourceServer.region"


def test_state_jobs_and_speed_are_shown(served: Any) -> None:
    job_id = served.drill(*served.add_servers(2))
    assert admin(served, "POST", "speed", {"speed": 50})[1] == {"speed": 50.0}
    assert admin(served, "POST", "speed", {"speed": 0})[0] == 400
    state = admin(served, "GET", "state")[1]
    assert state["speed"] == 50.0
    (shown,) = [region for region in state["regions"] if region["account"] == ACCOUNT]
    assert (shown["sourceServers"], shown["jobsInProgress"]) == (2, 1)
    assert [job["jobID"] for job in admin(served, "GET", "jobs")[1]["jobs"]] == [job_id]
    assert admin(served, "GET", f"jobs/{job_id}")[1]["job"]["jobID"] == job_id
    assert admin(served, "GET", "jobs/unknown")[0] == 404
    assert admin(served, "GET", "nothing")[0] == 404


@pytest.mark.parametrize("remote", ["10.0.0.7", "8.8.8.8", "", "::ffff:10.0.0.7"])
def test_the_admin_endpoint_answers_this_machine_only(remote: str) -> None:
    answer = answer_admin(Emulator(), method="GET", path="state", remote=remote, read_body=dict)
    assert answer.status == 403


def test_the_server_refuses_to_listen_on_other_addresses() -> None:
    with pytest.raises(ValueError, match="--allow-remote"):
        make_http_server(Emulator(), host="0.0.0.0", port=0, identify=str)


def test_help_lists_the_options() -> None:
    done = subprocess.run([sys.executable, "-m", "drs_emulator", "--help"], capture_output=True, text=True, check=True)
    for option in ("--speed", "--scenario", "--world", "--seed", "--allow-remote", "--ec2-endpoint", "--as-observed"):
        assert option in done.stdout


@contextmanager
def program(*arguments: str, ended_by: signal.Signals) -> Iterator[Any]:
    """Runs the emulator as a program for the time of the block: a client of the account 222222222222."""
    command = [sys.executable, "-m", "drs_emulator", "--port", "0", "--account", "AKIDEXAMPLE=222222222222", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", running.stdout.readline())
            assert found is not None
            yield boto3.client(
                "drs",
                region_name=REGION,
                endpoint_url=found[0],
                aws_access_key_id="AKIDEXAMPLE",
                aws_secret_access_key="any",
            )
        finally:
            running.send_signal(ended_by)
        assert running.wait(timeout=PATIENCE_SECONDS) == 0


def test_the_program_serves_a_world_and_continues_it_after_its_end(tmp_path: Path) -> None:
    world, saved = PACKAGE / "examples" / "world.yaml", str(tmp_path / "saved.json")
    with program("--world", str(world), "--save", saved, "--as-observed", ended_by=signal.SIGTERM) as client:
        servers = client.describe_source_servers()["items"]
        names = [item["sourceProperties"]["identificationHints"]["hostname"] for item in servers]
        assert names == ["report-01", "default-key-01"]
        assert servers[0]["lifeCycle"]["lastLaunch"] == {"initiated": {}}
        wanted = [{"sourceServerID": servers[0]["sourceServerID"]}]
        job_id = client.start_recovery(sourceServers=wanted, isDrill=True)["job"]["jobID"]
    with program("--restore", saved, ended_by=signal.SIGINT) as client:
        [job] = client.describe_jobs()["items"]
        assert (job["jobID"], job["status"] in {"PENDING", "STARTED"}) == (job_id, True)
    assert [file.name for file in tmp_path.iterdir()] == ["saved.json"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--save", "missing/world.json"], "--save: there is no directory missing"),
        (["--restore", "missing.json"], "missing.json: cannot be read"),
        (["--restore", str(DOCUMENT)], "is not JSON"),
        (["--restore", "other.json"], "other.json: is not a saved world"),
        (["--default-account", "12"], "must be an account of 12 digits"),
        (["--restore", "a", "--world", "b"], "not allowed with"),
    ],
)
def test_the_program_refuses_arguments_that_it_cannot_use(
    arguments: list[str],
    problem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    with suppress(SystemExit):
        assert main(["--port", "0", *arguments]) == 2
    assert problem in capsys.readouterr().err


def test_the_program_names_the_wrong_field_of_a_file(tmp_path: Path) -> None:
    wrong = tmp_path / "scenario.yaml"
    wrong.write_text("faults:\n  - {kind: EXPLODE}\n", encoding="utf-8")
    command = [sys.executable, "-m", "drs_emulator", "--port", "0", "--scenario", str(wrong)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "scenario.faults[0].kind" in done.stderr


def test_the_shipped_examples_work() -> None:
    emulator = Emulator()
    assert emulator.load_world(read_document(PACKAGE / "examples" / "world.yaml")) == 9
    assert "lost-answer" in emulator.load_scenario(read_document(PACKAGE / "examples" / "failures.yaml"))


@pytest.mark.parametrize(
    ("world", "field"),
    [
        ({"account": []}, "world.account"),
        ({"accounts": {}}, "world.accounts"),
        ({"accounts": [{"id": 1}]}, "world.accounts[0].id"),
        ({"accounts": [{"id": "1", "regions": [{}]}]}, "world.accounts[0].regions[0].name"),
        (
            {"accounts": [{"id": "1", "regions": [{"name": "r", "servers": [{"hostname": "a", "os": "DOS"}]}]}]},
            "world.accounts[0].regions[0].servers[0].os",
        ),
    ],
)
def test_a_wrong_world_is_refused_with_the_name_of_its_field(world: Any, field: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        Emulator().load_world(world)
    assert caught.value.where == field


def test_the_package_imports_nothing_of_the_product() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {name.split(".")[0] for name in names} & {"chalicelib", "local"}, path


def test_the_operations_table_of_the_document_agrees_with_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (yes|no)\b", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == {name: "yes" if name in OPERATIONS else "no" for name in operation_names()}
    assert len(rows) == len(operation_names())


def test_the_fault_table_of_the_document_agrees_with_the_code() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]*)\|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    documented = {kind: set(re.findall(r"`(\w+)`", parameters)) for kind, parameters in rows}
    assert documented == {kind.value: set(PARAMETERS.get(kind, {})) for kind in FaultKind}


def test_yaml_blocks_of_the_document_are_valid_scenarios() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        document = parse_document(block, DOCUMENT)
        emulator = Emulator(EmulatorSettings())
        if "accounts" in document:
            emulator.load_world(document)
        else:
            emulator.load_scenario(document)
