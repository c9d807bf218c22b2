"""The profiles that `python -m local` writes, used as the AWS CLI uses them: by botocore in a process of its own."""

import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest

from tests.local.conftest import REPOSITORY, free_port, local_environment
from tests.waiting import PATIENCE_SECONDS

# What `aws --profile NAME SERVICE OPERATION --cli-input-json INPUT` does for each of some calls.
_CALLS = """
import json, sys
import botocore.session
for profile, service, operation, arguments in json.load(sys.stdin):
    client = botocore.session.Session(profile=profile).create_client(service)
    print(json.dumps(client._make_api_call(operation, arguments), default=str))
"""


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running `python -m local --profiles FILE`: its file of profiles."""
    file = tmp_path_factory.mktemp("aws") / "config"
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "--port", str(free_port()), "--no-schedules", "--profiles", str(file)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=local_environment(),
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("Ctrl-C"):
                break
        yield file
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=PATIENCE_SECONDS)
        process.stdout.close()
    assert not file.exists()


def as_the_cli(file: Path, *calls: tuple[str, str, str, dict[str, Any]]) -> list[Any]:
    """Makes calls (profile, service, operation, arguments) in a process that knows only the file."""
    done = subprocess.run(
        [sys.executable, "-c", _CALLS],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        env={**local_environment(), "AWS_CONFIG_FILE": str(file), "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"},
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_profile_is_in_its_own_account_and_region(profiles: Path) -> None:
    assert stat.S_IMODE(profiles.stat().st_mode) == 0o600
    written = ConfigParser()
    written.read(profiles)
    assert written.sections() == ["profile hub", "profile shop-east", "profile shop-west"]
    names = ("hub", "shop-east", "shop-west")
    answers = as_the_cli(profiles, *((name, "sts", "GetCallerIdentity", {}) for name in names))
    assert [answer["Account"] for answer in answers] == ["111122223333", "222233334444", "333344445555"]


def test_a_drill_is_started_and_watched_in_a_target_account(profiles: Path) -> None:
    [found] = as_the_cli(profiles, ("shop-west", "drs", "DescribeSourceServers", {}))
    [server] = [each for each in found["items"] if each["tags"]["Name"] == "report-desk-1"]
    assert server["arn"].startswith("arn:aws:drs:us-west-2:333344445555:")
    wanted = {"isDrill": True, "sourceServers": [{"sourceServerID": server["sourceServerID"]}]}
    started, here, there = as_the_cli(
        profiles,
        ("shop-west", "drs", "StartRecovery", wanted),
        ("shop-west", "drs", "DescribeJobs", {}),
        ("shop-east", "drs", "DescribeJobs", {}),
    )
    assert [(job["jobID"], job["initiatedBy"]) for job in here["items"]] == [(started["job"]["jobID"], "START_DRILL")]
    assert there["items"] == []


def test_a_file_that_is_not_a_local_clouds_is_not_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "config"
    mine.write_text("[default]\nregion = eu-west-1\n")
    refused = subprocess.run(
        [sys.executable, "-m", "local", "--profiles", str(mine)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
        cwd=REPOSITORY,
        env=local_environment(),
    )
    assert refused.returncode == 2
    assert "is not a local cloud's" in refused.stderr
    assert mine.read_text().startswith("[default]")
