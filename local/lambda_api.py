"""The Lambda API over the runtime: invoke, list and get functions; other operations are refused."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from local.answers import StartResponse, answer_bytes, answer_json
from local.lambda_runtime import LambdaRuntime
from local.project import ALIASES, REPOSITORY

_PREFIX = "/2015-03-31/functions"
# Lambda's limit for a synchronous request or answer.
_MAXIMUM_PAYLOAD_BYTES = 6 * 1024 * 1024


class LambdaApi:
    """A WSGI application. Functions have the names of the deployment, exactly; there are no others, as in AWS."""

    def __init__(self, runtime: LambdaRuntime) -> None:
        self._runtime = runtime
        self._started_at = datetime.now(tz=UTC)

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> list[bytes]:
        method, rest = environ["REQUEST_METHOD"], str(environ["PATH_INFO"]).removeprefix(_PREFIX).strip("/")
        if method == "POST" and rest.endswith("/invocations"):
            return self._invoke(rest.removesuffix("/invocations"), environ, start_response)
        if method == "GET" and not rest:
            functions = [self._configuration(name) for name in sorted(self._runtime.functions)]
            return answer_json(start_response, "200 OK", {"Functions": functions})
        name, _, part = rest.partition("/")
        if method == "GET" and part in ("", "configuration", "versions", "policy"):
            return self._describe(unquote(name), part, environ, start_response)
        message = f"The local cloud does not offer {method} {environ['PATH_INFO']}."
        return _error(start_response, "501 Not Implemented", "NotImplementedException", message)

    def _invoke(self, name: str, environ: Mapping[str, Any], start_response: StartResponse) -> list[bytes]:
        name = unquote(name)
        qualifier = _qualifier(name, environ)
        function = self._function(name, qualifier)
        if function is None:
            return self._unknown(name, qualifier, start_response)
        body = environ["wsgi.input"].read()
        if len(body) > _MAXIMUM_PAYLOAD_BYTES:
            message = f"The payload has {len(body)} bytes; Lambda takes at most {_MAXIMUM_PAYLOAD_BYTES}."
            return _error(start_response, "413 Payload Too Large", "RequestTooLargeException", message)
        try:
            event = json.loads(body or b"{}")
        except (ValueError, RecursionError) as error:
            message = f"Could not parse request body into json: {error}"
            return _error(start_response, "400 Bad Request", "InvalidRequestContentException", message)
        arn = self._runtime.arn(function, qualifier=qualifier)
        kind = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        if kind == "Event":
            request_id = self._runtime.invoke_later(function, event, arn=arn)
            return answer_bytes(start_response, "202 Accepted", b"", [("x-amzn-RequestId", request_id)])
        if kind == "DryRun":
            return answer_bytes(start_response, "204 No Content", b"")
        result = self._runtime.invoke(function, event, arn=arn)
        headers = [
            ("Content-Type", "application/json"),
            ("x-amzn-RequestId", result.request_id),
            ("X-Amz-Executed-Version", "$LATEST"),
        ]
        if result.function_error:
            headers.append(("X-Amz-Function-Error", result.function_error))
        return answer_bytes(start_response, "200 OK", result.payload, headers)

    def _function(self, name: str, qualifier: str) -> str | None:
        """The function, if there is one of exactly this name that has the alias."""
        function = self._runtime.resolve(name)
        has_it = function is not None and qualifier in {"", "$LATEST", *ALIASES.get(function, ())}
        return function if has_it else None

    def _describe(self, name: str, part: str, environ: Mapping[str, Any], start_response: StartResponse) -> list[bytes]:
        qualifier = _qualifier(name, environ)
        function = self._function(name, qualifier)
        if function is None:
            return self._unknown(name, qualifier, start_response)
        configuration = self._configuration(function)
        if part == "configuration":
            return answer_json(start_response, "200 OK", configuration)
        if part == "versions":
            return answer_json(start_response, "200 OK", {"Versions": [configuration]})
        if part == "policy":
            return _error(
                start_response, "404 Not Found", "ResourceNotFoundException", "The function has no policy here."
            )
        body = {"Configuration": configuration, "Code": {"RepositoryType": "local", "Location": str(REPOSITORY)}}
        return answer_json(start_response, "200 OK", body)

    def _configuration(self, function: str) -> dict[str, Any]:
        config = self._runtime.project.function(function)
        return {
            "FunctionName": self._runtime.project.deployed_name(function),
            "FunctionArn": self._runtime.arn(function),
            "Runtime": "python3.11",
            "Handler": "app.app" if function == "api_handler" else f"app.{function.replace('-', '_')}",
            "CodeSize": self._code_size,
            "Timeout": config.timeout_seconds,
            "MemorySize": config.memory_mb,
            "Version": "$LATEST",
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "LastModified": self._started_at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "Environment": {"Variables": dict(config.environment)},
        }

    @cached_property
    def _code_size(self) -> int:
        return sum(file.stat().st_size for file in Path(REPOSITORY, "chalicelib").rglob("*.py"))

    def _unknown(self, name: str, qualifier: str, start_response: StartResponse) -> list[bytes]:
        known = sorted(map(self._runtime.project.deployed_name, self._runtime.functions))
        alias = f" has no alias or version {qualifier}" if qualifier else ""
        message = f"Function not found: {name}{alias}. Functions here: {', '.join(known)}."
        return _error(start_response, "404 Not Found", "ResourceNotFoundException", message)


def _qualifier(name: str, environ: Mapping[str, Any]) -> str:
    """The alias or version of a request, or at the end of a name or ARN; empty when there is none."""
    asked = parse_qs(environ.get("QUERY_STRING", "")).get("Qualifier")
    tail = name.partition(":function:")[2] or name
    return asked[0] if asked else tail.partition(":")[2]


def _error(start_response: StartResponse, status: str, code: str, message: str) -> list[bytes]:
    body = {"Type": "User", "message": message, "Message": message}
    return answer_json(start_response, status, body, [("x-amzn-ErrorType", code), ("x-amzn-RequestId", "local")])
