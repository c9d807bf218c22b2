"""The answers that API Gateway makes itself, as infrastructure/gateway-responses.json has them for the deployment."""

import json
from functools import cache
from http import HTTPStatus
from typing import Any

from local.answers import StartResponse, answer_json
from local.project import REPOSITORY

FILE = REPOSITORY / "infrastructure/gateway-responses.json"


def answer_as_gateway(
    start_response: StartResponse, kind: str, request_id: str, *, status: int | None = None
) -> list[bytes]:
    """The gateway response of a type, such as UNAUTHORIZED. The types DEFAULT_4XX and DEFAULT_5XX need a status."""
    declared = _declared()
    response = declared["responses"][kind]
    code = HTTPStatus(status or response["status"])
    error = {
        "code": response["code"],
        "message": response["message"],
        "details": {},
        "retryable": response.get("retryable", False),
    }
    headers = {**declared["headers"], **response.get("headers", {}), "x-amzn-RequestId": request_id}
    body = {"error": error, "requestId": request_id}
    return answer_json(start_response, f"{code.value} {code.phrase}", body, headers.items())


@cache
def _declared() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(FILE.read_text())
    return loaded
