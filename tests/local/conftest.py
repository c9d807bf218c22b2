"""Local clouds in separate processes, used over HTTP as any client would use them."""

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local import guard
from tests.waiting import PATIENCE_SECONDS

REPOSITORY = Path(__file__).resolve().parents[2]


@cache
def _session() -> Any:
    """One for all clients: each session reads the SDK's models anew."""
    return boto3.session.Session()


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class RunningCloud:
    """A local cloud in another process."""

    described: dict[str, Any]

    @property
    def endpoint(self) -> str:
        return str(self.described["endpoint"])

    def client(
        self, service: str, *, region: str = "us-east-2", key: str = guard.HUB_ACCESS_KEY, **options: Any
    ) -> Any:
        return _session().client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=key,
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=PATIENCE_SECONDS, max_pool_connections=64),
            **options,
        )

    def invoke(self, function: str, event: Any) -> tuple[str | None, Any]:
        """The function error, if any, and the payload, of a function by its name in the application."""
        answer = self.client("lambda").invoke(FunctionName=deployed(function), Payload=json.dumps(event).encode())
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def http(
        self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        request = urllib.request.Request(self.endpoint + path, method=method, data=body, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, dict(error.headers), error.read())


def deployed(function: str) -> str:
    """The name of a function in the stage `local`."""
    return f"aws-drs-orchestration-{function}-local"


def local_environment() -> dict[str, str]:
    """This process's environment without its AWS variables."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment["PYTHONPATH"] = str(REPOSITORY)
    return environment


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def cloud() -> Iterator[RunningCloud]:
    """A cloud that runs the throw-away application."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("throwaway_app.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=local_environment(),
        cwd=REPOSITORY,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "the local cloud did not start"
        yield RunningCloud(json.loads(line))
    finally:
        process.stdin.close()
        process.wait(timeout=PATIENCE_SECONDS)
        process.stdout.close()
