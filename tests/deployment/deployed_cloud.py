"""A local cloud whose functions are the deployed ones: each runs in processes of its own, from what was deployed.

Run as a program with the directory that `unpacked` describes, it prints where it is and serves until its input closes.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from local import guard
from local.cloud import LocalCloud
from local.lambda_runtime import LambdaContext

SPEED = 600
FUNCTIONS_FILE = "functions.json"
APPLICATION, LAYER, LOGS = "application", "layer", "logs"
RAN = ".ran"
"""Of the file beside a function's log that says that a call was answered."""

_PROGRAM = Path(__file__).with_name("lambda_process.py")
_CONTEXT = (
    "function_name",
    "function_version",
    "invoked_function_arn",
    "memory_limit_in_mb",
    "aws_request_id",
    "log_group_name",
    "log_stream_name",
)


class FunctionFailed(Exception):
    """A deployed function raised; the class that Lambda names has the name of the function's own error."""


class DeployedFunction:
    """A function as deployed. A call takes a process that is free, or a new one, as in Lambda."""

    def __init__(
        self, cloud: LocalCloud, name: str, *, directory: Path, processes: list[subprocess.Popen[str]]
    ) -> None:
        self._name, self._directory, self._processes = name, directory, processes
        deployed = json.loads((directory / FUNCTIONS_FILE).read_text())[cloud.project.deployed_name(name)]
        self._key = f"AKIAFUNCTION{name.upper()}"
        self._cloud, self._handler, self._variables = cloud, str(deployed["handler"]), deployed["environment"]
        self._lock = threading.Lock()
        cloud.identities.add_function(self._key, name)
        # Started now, so that no call's time limit has a start in it: the machine may be busy.
        self._free: list[subprocess.Popen[str]] = [self._started()]

    def __call__(self, event: Any, context: LambdaContext) -> Any:
        with self._lock:
            process = self._free.pop() if self._free else None
        process = process or self._started()
        call = {
            "event": event,
            "context": {name: getattr(context, name) for name in _CONTEXT},
            "remaining_ms": context.get_remaining_time_in_millis(),
        }
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(call) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        (self._directory / LOGS / f"{self._cloud.project.deployed_name(self._name)}{RAN}").touch()
        with self._lock:
            self._free.append(process)
        if answer["strangers"]:
            raise FunctionFailed(f"{self._name} has loaded what was not deployed: {answer['strangers'][:5]}")
        if "error" in answer:
            raise type(answer["error"], (FunctionFailed,), {})(answer["message"])
        return json.loads(answer["value"])

    def _started(self) -> subprocess.Popen[str]:
        """A cold start. Nothing of this process's environment reaches it."""
        deployed_name = self._cloud.project.deployed_name(self._name)
        with (self._directory / LOGS / f"{deployed_name}.log").open("a") as log:
            process = subprocess.Popen(
                [
                    sys.executable,
                    *("-I", "-S", "-B"),
                    str(_PROGRAM),
                    str(self._directory / APPLICATION),
                    str(self._directory / LAYER),
                    self._handler,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment(deployed_name),
                cwd=self._directory / APPLICATION,
                text=True,
            )
        self._processes.append(process)
        return process

    def _environment(self, deployed_name: str) -> dict[str, str]:
        """The deployed variables, except user pool and pace of DRS, which are this cloud's; and Lambda's own."""
        here = {name: os.environ[name] for name in ("USER_POOL_ARN", "USER_POOL_CLIENT_ID", "DRS_PACE")}
        return {
            **self._variables,
            **here,
            **guard.child_environment(self._cloud.endpoint, region=self._cloud.hub_region),
            "AWS_ACCESS_KEY_ID": self._key,
            "AWS_LAMBDA_FUNCTION_NAME": deployed_name,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def main(directory: Path) -> None:
    processes: list[subprocess.Popen[str]] = []
    made: Callable[[LocalCloud, str], DeployedFunction] = partial(
        DeployedFunction, directory=directory, processes=processes
    )
    cloud = LocalCloud(stage="qa", speed=SPEED, schedules=True, handler_of=made)
    try:
        with cloud:
            described = {
                "endpoint": cloud.endpoint,
                "pool": cloud.users.pool_id,
                "client": cloud.users.client_id,
                "users": {role: [user.email, user.password] for role, user in cloud.users.by_role.items()},
                "servers": {
                    host: [server.server_id, server.plan.account, server.plan.region]
                    for host, server in cloud.world.servers.items()
                },
                "machine": cloud.state_machine_arn,
            }
            print(json.dumps(described), flush=True)  # noqa: T201 — the parent reads it
            sys.stdin.read()
            refused = cloud.identities.refusals
        print(json.dumps(refused), flush=True)  # noqa: T201
    finally:
        for process in processes:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
