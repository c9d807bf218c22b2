"""API Gateway for the product's REST routes: finds the route, checks the token, calls the function."""

import base64
import json
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from chalice import Chalice
from chalice.app import CORSConfig, RouteEntry

from local.answers import StartResponse, answer_bytes
from local.gateway_responses import answer_as_gateway
from local.lambda_runtime import InvocationResult, LambdaRuntime
from local.project import REST_FUNCTION
from local.tokens import TokenVerifier
from local.turns import Turns

_MAXIMUM_PAYLOAD_BYTES = 10 * 1024 * 1024
AT_ONCE = 16
"""As many requests are served at a time; others wait. More of them in one interpreter would only slow each other down,
until each exceeds the time limit of its function."""

_ANY_METHOD = "X-AMAZON-APIGATEWAY-ANY-METHOD"
_TIME_CLAIMS = ("exp", "iat")


@dataclass(frozen=True, kw_only=True)
class _Match:
    pattern: str
    parameters: Mapping[str, str]
    methods: Mapping[str, RouteEntry]


class RestFront:
    """A WSGI application below `/<stage name>`, like API Gateway (the deployment's `api_gateway_stage`)."""

    def __init__(
        self, app: Chalice, *, runtime: LambdaRuntime, verifier: TokenVerifier, account: str, prefix: str
    ) -> None:
        self._app, self._runtime, self._verifier = app, runtime, verifier
        self._account, self._prefix = account, prefix
        self._turns = Turns(AT_ONCE)

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        request_id = str(uuid.uuid4())
        # Parameters are passed on as they were sent: API Gateway does not decode them either.
        path = str(environ["RAW_URI"]).partition("?")[0].removeprefix(self._prefix) or "/"
        match = _best_match(self._app.routes, path)
        method = environ["REQUEST_METHOD"]
        if match is not None and method == "OPTIONS" and (cors := _cors_of(match.methods)):
            return _preflight(cors, match.methods, start_response, request_id)
        served = match.methods.get(method) or match.methods.get(_ANY_METHOD) if match is not None else None
        if match is None or served is None:
            return answer_as_gateway(start_response, "MISSING_AUTHENTICATION_TOKEN", request_id)
        claims: dict[str, Any] | None = None
        if served.authorizer is not None:
            claims = self._verifier.claims_of(environ.get("HTTP_AUTHORIZATION"))
            if claims is None:
                return answer_as_gateway(start_response, "UNAUTHORIZED", request_id)
        body = environ["wsgi.input"].read()
        if len(body) > _MAXIMUM_PAYLOAD_BYTES:
            return answer_as_gateway(start_response, "REQUEST_TOO_LARGE", request_id)
        event = self._event(environ, match, path=path, body=body, claims=claims, request_id=request_id)
        with self._turns.turn():
            result = self._runtime.invoke(REST_FUNCTION, event)
        return _answer(result, start_response, request_id)

    def _event(
        self,
        environ: Mapping[str, Any],
        match: _Match,
        *,
        path: str,
        body: bytes,
        claims: Mapping[str, Any] | None,
        request_id: str,
    ) -> dict[str, Any]:
        headers = _headers(environ)
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        binary = bool(body) and headers.get("Content-Type", "").partition(";")[0] in self._app.api.binary_types
        text = base64.b64encode(body).decode() if binary else body.decode("utf-8", "replace")
        authorizer = {"authorizer": {"claims": _as_api_gateway_writes(claims)}} if claims is not None else {}
        return {
            "resource": match.pattern,
            "path": path,
            "httpMethod": environ["REQUEST_METHOD"],
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)) or None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": dict(match.parameters) or None,
            "stageVariables": None,
            "requestContext": {
                "accountId": self._account,
                "apiId": "local",
                "domainName": environ.get("HTTP_HOST", "127.0.0.1"),
                "httpMethod": environ["REQUEST_METHOD"],
                "identity": {
                    "sourceIp": environ.get("REMOTE_ADDR", "127.0.0.1"),
                    "userAgent": environ.get("HTTP_USER_AGENT"),
                },
                "path": self._prefix + path,
                "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
                "requestId": request_id,
                "extendedRequestId": request_id,
                "requestTimeEpoch": int(time.time() * 1000),
                "resourcePath": match.pattern,
                "stage": self._prefix.strip("/"),
                **authorizer,
            },
            "body": text if body else None,
            "isBase64Encoded": binary,
        }


def _best_match(routes: Mapping[str, Mapping[str, RouteEntry]], path: str) -> _Match | None:
    """The route for a path; fixed segments win over parameters, from the left."""
    segments = path.rstrip("/").split("/") if path != "/" else ["", ""]
    found: list[tuple[list[bool], _Match]] = []
    for pattern, methods in routes.items():
        wanted = pattern.rstrip("/").split("/") if pattern != "/" else ["", ""]
        if len(wanted) != len(segments):
            continue
        parameters, order = {}, []
        for want, segment in zip(wanted, segments, strict=True):
            is_parameter = want.startswith("{") and want.endswith("}") and segment != ""
            if is_parameter:
                parameters[want[1:-1]] = segment
            elif want != segment:
                break
            order.append(is_parameter)
        else:
            found.append((order, _Match(pattern=pattern, parameters=parameters, methods=methods)))
    return min(found, key=lambda entry: entry[0])[1] if found else None


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {
        key.removeprefix("HTTP_").replace("_", "-").title(): str(value)
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["Content-Type"] = environ["CONTENT_TYPE"]
    return headers


def _as_api_gateway_writes(claims: Mapping[str, Any]) -> dict[str, str]:
    """API Gateway passes every claim on as text: lists with commas, times as dates."""
    written = {}
    for name, value in claims.items():
        if isinstance(value, list):
            written[name] = ",".join(str(entry) for entry in value)
        elif name in _TIME_CLAIMS:
            written[name] = datetime.fromtimestamp(value, tz=UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
        else:
            written[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return written


def _cors_of(methods: Mapping[str, RouteEntry]) -> CORSConfig | None:
    return next((cors for entry in methods.values() if (cors := _cors(entry)) is not None), None)


def _cors(entry: RouteEntry) -> CORSConfig | None:
    # Chalice declares it as always present; a route without it has None.
    return entry.cors


def _preflight(
    cors: CORSConfig, methods: Mapping[str, RouteEntry], start_response: StartResponse, request_id: str
) -> list[bytes]:
    allowed = [name for name, entry in methods.items() if _cors(entry) is not None]
    headers = {
        **cors.get_access_control_headers(),
        "Access-Control-Allow-Methods": ",".join([*allowed, "OPTIONS"]),
        "x-amzn-RequestId": request_id,
    }
    return answer_bytes(start_response, "200 OK", b"", [(name, str(value)) for name, value in headers.items()])


def _answer(result: InvocationResult, start_response: StartResponse, request_id: str) -> list[bytes]:
    if result.function_error:
        if result.value.get("errorType") == "Sandbox.Timedout":
            return answer_as_gateway(start_response, "INTEGRATION_TIMEOUT", request_id)
        return answer_as_gateway(start_response, "DEFAULT_5XX", request_id, status=502)
    answer = result.value
    body = answer.get("body") or ""
    payload = base64.b64decode(body) if answer.get("isBase64Encoded") else _text(body).encode()
    headers = [(name, str(value)) for name, value in (answer.get("headers") or {}).items()]
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers += [(name, str(value)) for value in values]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    status = f"{answer['statusCode']} {_reason(answer['statusCode'])}"
    return answer_bytes(start_response, status, payload, [*headers, ("x-amzn-RequestId", request_id)])


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def _reason(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "Status"
