"""A stage that was really deployed to a stand-in of AWS, and a cloud in which its package runs."""

import io
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import botocore.session
from botocore.config import Config

from local import guard
from scripts.deployment.sign_in import SignIn
from scripts.deployment.stage import Stage
from tests.deployment.deployed_cloud import APPLICATION, FUNCTIONS_FILE, LAYER, LOGS, RAN
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class DeployedCloud:
    """The running cloud, used over HTTP as any client would use it."""

    described: Mapping[str, Any]
    directory: Path

    @property
    def endpoint(self) -> str:
        return str(self.described["endpoint"])

    def client(self, service: str) -> Any:
        session: Any = botocore.session.get_session()
        return session.create_client(
            service,
            region_name="us-east-2",
            endpoint_url=self.endpoint,
            aws_access_key_id=guard.HUB_ACCESS_KEY,
            aws_secret_access_key=guard.LOCAL_SECRET,
            config=Config(retries={"total_max_attempts": 1}, read_timeout=PATIENCE_SECONDS),
        )

    def sign_in(self, role: str) -> str:
        """An ID token, by Secure Remote Password."""
        email, password = self.described["users"][role]
        signing = SignIn(self.described["pool"], self.described["client"], endpoint=self.endpoint)
        return signing.token(email, password, lambda question: question)

    def rest(self, token: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The body of an answer; raises AssertionError with it for a refusal."""
        request = urllib.request.Request(
            f"{self.endpoint}/api{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": token, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                raise AssertionError(f"{method} {path}: {refused.status} {refused.read().decode()}") from refused

    def run_schedule(self, function: str) -> Any:
        url = f"{self.endpoint}/_local/schedules/{function}/run"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def invoke(self, function: str, event: Mapping[str, Any], *, alias: str = "") -> Any:
        """The payload of a function's answer; `function` is its whole name."""
        qualifier = {"Qualifier": alias} if alias else {}
        answer = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode(), **qualifier)
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def log(self, function: str) -> list[str]:
        """The whole lines that a function has written; one may be on its way."""
        text = (self.directory / LOGS / f"{function}.log").read_text()
        return text.rpartition("\n")[0].splitlines()

    def has_run(self, function: str) -> bool:
        """Whether a call of the function was answered."""
        return (self.directory / LOGS / f"{function}{RAN}").exists()


def unpack(stage: Stage, endpoint: str, directory: Path) -> None:
    """Writes zip and layer, unpacked, and handler and variables of each function, all as they were deployed."""
    functions = {
        found["FunctionName"]: {
            "handler": found["Handler"],
            "environment": found["Environment"]["Variables"],
            "layers": [layer["Arn"] for layer in found["Layers"]],
            "sha256": found["CodeSha256"],
        }
        for found in stage.client("lambda").list_functions()["Functions"]
    }
    (layer,) = {arn for function in functions.values() for arn in function["layers"]}
    assert len({function["sha256"] for function in functions.values()}) == 1, "all functions have one package"
    for kind, path in ((APPLICATION, f"/_code/{next(iter(functions))}"), (LAYER, f"/_layer/{layer}")):
        with urllib.request.urlopen(endpoint + urllib.parse.quote(path)) as answer:
            ZipFile(io.BytesIO(answer.read())).extractall(directory / kind)
    (directory / LOGS).mkdir()
    (directory / FUNCTIONS_FILE).write_text(json.dumps(functions))


@contextmanager
def running(directory: Path) -> Iterator[DeployedCloud]:
    """The cloud over what was unpacked; at its end no call of a function may have been refused."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("deployed_cloud.py")), str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**environment, "PYTHONPATH": str(ROOT), "STAGE": "qa"},
        cwd=directory,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "the cloud did not start"
        yield DeployedCloud(json.loads(line), directory)
    finally:
        process.stdin.close()
        refusals = process.stdout.read()
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()
    assert json.loads(refusals) == []
