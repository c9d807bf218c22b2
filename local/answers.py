"""Small WSGI answers in the shapes that AWS clients expect; nothing else."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

StartResponse = Callable[..., Any]

_QUERY_PROTOCOL = frozenset({"sts", "iam", "sns", "ec2", "cloudformation", "cloudwatch"})


def answer_json(
    start_response: StartResponse, status: str, body: Any, headers: Iterable[tuple[str, str]] = ()
) -> list[bytes]:
    payload = json.dumps(body).encode()
    return answer_bytes(start_response, status, payload, [("Content-Type", "application/json"), *headers])


def answer_bytes(
    start_response: StartResponse, status: str, payload: bytes, headers: Iterable[tuple[str, str]] = ()
) -> list[bytes]:
    start_response(status, [*headers, ("Content-Length", str(len(payload)))])
    return [payload]


def refuse(start_response: StartResponse, service: str, code: str, message: str, *, status: str) -> list[bytes]:
    """An error in the wire format of `service` (the prefix of its IAM actions)."""
    if service == "ec2":
        code = {"AccessDenied": "UnauthorizedOperation", "UnrecognizedClientException": "AuthFailure"}.get(code, code)
        xml = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></Errors>"
            "<RequestID>local</RequestID></Response>"
        )
        return answer_bytes(start_response, status, xml.encode(), [("Content-Type", "text/xml")])
    if service == "s3":
        xml = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
        return answer_bytes(start_response, status, xml.encode(), [("Content-Type", "application/xml")])
    if service in _QUERY_PROTOCOL:
        code = {"UnrecognizedClientException": "InvalidClientTokenId"}.get(code, code)
        xml = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            "<RequestId>local</RequestId></ErrorResponse>"
        )
        return answer_bytes(start_response, status, xml.encode(), [("Content-Type", "text/xml")])
    code = {"AccessDenied": "AccessDeniedException"}.get(code, code)
    body = {"__type": code, "message": message, "Message": message}
    return answer_json(start_response, status, body, [("x-amzn-ErrorType", code), ("x-amzn-RequestId", "local")])
