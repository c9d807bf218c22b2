"""Tests of a user of `drs-emulator`; test_emulator_distribution.py runs them with the installed wheel."""

import json
import os
import subprocess
import sys
from typing import Any

import boto3
import pytest

CALLER = 'import boto3; print(boto3.client("drs").describe_source_servers()["items"][0]["sourceServerID"])'


def drill(server_id: str) -> str:
    started = boto3.client("drs").start_recovery(isDrill=True, sourceServers=[{"sourceServerID": server_id}])
    return started["job"]["jobID"]


def status_of(job_id: str) -> str:
    return boto3.client("drs").describe_jobs(filters={"jobIDs": [job_id]})["items"][0]["status"]


def test_time_passes_by_the_clock_alone(drs_emulator: Any) -> None:
    job_id = drill(drs_emulator.add_source_server("app"))
    assert status_of(job_id) == "PENDING"
    drs_emulator.clock.advance(seconds=1)
    assert status_of(job_id) == "STARTED"
    drs_emulator.clock.advance(minutes=20)
    assert status_of(job_id) == "COMPLETED"
    kinds = {event["detail-type"] for event in drs_emulator.events}
    assert "DRS Source Server Launch Result" in kinds
    with pytest.raises(ValueError, match="cannot go back"):
        drs_emulator.clock.advance(seconds=-1)


def test_a_prepared_world_is_used_again(drs_emulator: Any) -> None:
    job_id = drill(drs_emulator.add_source_server("app"))
    drs_emulator.clock.advance(minutes=1)
    saved = json.loads(json.dumps(drs_emulator.save_world()))
    drs_emulator.clock.advance(minutes=20)
    assert status_of(job_id) == "COMPLETED"
    drs_emulator.restore_world(saved)
    assert status_of(job_id) == "STARTED"


def test_a_process_of_the_test_reaches_the_same_emulator(drs_emulator: Any) -> None:
    server_id = drs_emulator.add_source_server("app")
    done = subprocess.run([sys.executable, "-c", CALLER], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == server_id


def test_an_assumed_role_is_in_its_own_account(drs_emulator: Any) -> None:
    drs_emulator.add_source_server("here")
    there = drs_emulator.add_source_server("there", account="222222222222")
    role = "arn:aws:iam::222222222222:role/orchestrator"
    made = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    session = boto3.session.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    [shown] = session.client("drs").describe_source_servers()["items"]
    assert shown["sourceServerID"] == there


def test_without_moto_ids_are_made_up(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setitem(sys.modules, "moto", None)
    drs_emulator = request.getfixturevalue("drs_emulator")
    drill(drs_emulator.add_source_server("app"))
    drs_emulator.clock.advance(minutes=20)
    [instance] = boto3.client("drs").describe_recovery_instances()["items"]
    assert instance["ec2InstanceID"].startswith("i-")


def test_the_environment_is_as_before() -> None:
    assert os.environ["AWS_PROFILE"] == "production"
    assert not [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]
