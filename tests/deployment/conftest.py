"""AWS for rehearsals: the stand-in in a process of its own, and a stage in it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.deployment.application import deploy_data
from scripts.deployment.stage import Stage

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running_stand_in() -> Iterator[str]:
    """The address of a stand-in of its own."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("stand_in.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    endpoint = process.stdout.readline().strip()
    assert endpoint.startswith("http://127.0.0.1:"), "the stand-in did not start"
    yield endpoint
    process.stdin.close()
    process.wait(60)
    process.stdout.close()


@pytest.fixture(scope="session")
def stand_in() -> Iterator[str]:
    """The address of the stand-in, which runs until the end of the session."""
    with running_stand_in() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def aws(stand_in: str) -> Iterator[str]:
    """The address of the stand-in, to which the environment points for the tests of one module only."""
    with pointing_at(stand_in):
        yield stand_in


@contextmanager
def pointing_at(endpoint: str) -> Iterator[None]:
    """Within: the environment leads to the account of a stand-in."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "us-east-2",
            "AWS_DEFAULT_REGION": "us-east-2",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="module")
def other(aws: str) -> Stage:
    """A second stage, of which there is only the data stack."""
    stage = Stage.of("dev")
    deploy_data(stage)
    return stage


@pytest.fixture
def stage(aws: str) -> Stage:
    return Stage.of("qa")
