"""The interface of the local cloud itself, below `/_local`: health, crashes, schedules, refusals."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from local.answers import StartResponse, answer_bytes, answer_json
from local.client_hooks import Crash
from local.identities import Identities
from local.lambda_runtime import LambdaRuntime
from local.scheduler import Scheduler

PREFIX = "/_local"


class Control:
    """A WSGI application. The product never calls it; it is for people, tests and the demonstration."""

    def __init__(self, *, runtime: LambdaRuntime, scheduler: Scheduler, identities: Identities) -> None:
        self._runtime, self._scheduler, self._identities = runtime, scheduler, identities

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> list[bytes]:
        path = str(environ["PATH_INFO"]).removeprefix(PREFIX)
        match environ["REQUEST_METHOD"], path.strip("/").split("/"):
            case "GET", ["health"]:
                return answer_json(start_response, "200 OK", {"status": "ok", "running": self._runtime.running})
            case "POST", ["crashes"]:
                return self._add_crash(environ, start_response)
            case "GET", ["crashes"]:
                crashes = self._runtime.crashes
                body: dict[str, Any] = {
                    "pending": [asdict(crash) for crash in crashes.pending],
                    "happened": [asdict(crash) for crash in crashes.happened],
                }
                return answer_json(start_response, "200 OK", body)
            case "DELETE", ["crashes"]:
                self._runtime.crashes.clear()
                return answer_bytes(start_response, "204 No Content", b"")
            case "POST", ["schedules", name, "run"] if name in self._runtime.functions:
                result = self._scheduler.run_now(name)
                body = {"functionError": result.function_error, "payload": result.value}
                return answer_json(start_response, "200 OK", body)
            case "GET", ["refusals"]:
                refusals = [
                    {"caller": caller, "action": action, "resource": resource}
                    for caller, action, resource in self._identities.refusals
                ]
                return answer_json(start_response, "200 OK", {"refusals": refusals})
        return answer_json(start_response, "404 Not Found", {"message": f"There is nothing at {PREFIX}{path}."})

    def _add_crash(self, environ: Mapping[str, Any], start_response: StartResponse) -> list[bytes]:
        try:
            crash = Crash(**json.loads(environ["wsgi.input"].read()))
            if crash.function not in self._runtime.functions:
                raise ValueError(f"There is no function {crash.function}.")
            self._runtime.crashes.add(crash)
        except (TypeError, ValueError) as error:
            return answer_json(start_response, "400 Bad Request", {"message": str(error)})
        return answer_json(start_response, "201 Created", asdict(crash))
