"""The emulator behind WSGI: finds caller and Region in the SigV4 header, routes, reads JSON.

Signatures are not verified: this is an emulator, and any secret key will do.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from drs_emulator import wire
from drs_emulator.admin import answer_admin
from drs_emulator.emulator import Emulator
from drs_emulator.errors import ApiError, ConnectionDropped, invalid, unrecognized_client
from drs_emulator.service_model import Route, find_route

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from drs_emulator.identities import Identify

ADMIN_PREFIX = "/_emulator/"
# Where a program around the application says who calls, for `Emulator(why_not=...)`; without it, the access key id.
CALLER = "drs_emulator.caller"
_LARGEST_BODY = 10 * 1024 * 1024
_LARGEST_WORLD = 256 * 1024 * 1024
_CREDENTIAL = re.compile(
    r"Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
)
_REASONS = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    204: "No Content",
    400: "Bad Request",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Payload Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
}


def wsgi_app(emulator: Emulator, *, identify: Identify) -> WSGIApplication:
    """The WSGI application of an emulator.

    `identify` returns the account of an access key id; when it raises `LookupError` the call is answered with
    UnrecognizedClientException. `ConnectionDropped` comes out of the application where a fault asks for it: the
    server around it must then close the socket without an answer. Under werkzeug's server nothing is needed for that.
    """

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if _path(environ).startswith(ADMIN_PREFIX):
            answer = answer_admin(
                emulator,
                method=environ["REQUEST_METHOD"],
                path=_path(environ).removeprefix(ADMIN_PREFIX),
                remote=str(environ.get("REMOTE_ADDR", "")),
                read_body=lambda: _read_json(environ, largest=_LARGEST_WORLD),
            )
        else:
            try:
                answer = _answer(emulator, identify, environ)
            except ConnectionDropped:
                _hang_up(environ)
                raise
        headers = [*answer.headers.items(), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {_REASONS.get(answer.status, 'Unknown')}", headers)
        return [answer.body]

    return application


def _hang_up(environ: WSGIEnvironment) -> None:
    """Werkzeug's server lends its socket; with keep-alive it would otherwise wait for the next request."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _answer(emulator: Emulator, identify: Identify, environ: WSGIEnvironment) -> wire.Answer:
    try:
        access_key, account, region = _caller(environ, identify)
        route = _route(environ)
        body = _read_json(environ)
    except ApiError as error:
        return wire.failure(error, "drs-emulator-unread")
    return emulator.respond(
        account=account,
        region=region,
        operation=route.operation.name,
        body=body,
        query=parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True),
        path_values=route.path_values,
        caller=environ.get(CALLER, access_key),
    )


def _caller(environ: WSGIEnvironment, identify: Identify) -> tuple[str, str, str]:
    header = environ.get("HTTP_AUTHORIZATION")
    if not header:
        raise ApiError(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    found = _CREDENTIAL.search(header)
    if found is None or not header.startswith("AWS4-HMAC-SHA256"):
        raise ApiError(403, "IncompleteSignatureException", "The Authorization header is not of Signature Version 4.")
    if found["service"] != "drs":
        message = f"Credential should be scoped to correct service: 'drs', not '{found['service']}'."
        raise ApiError(403, "InvalidSignatureException", message)
    try:
        return found["key"], identify(found["key"]), found["region"]
    except LookupError:
        raise unrecognized_client() from None


def _route(environ: WSGIEnvironment) -> Route:
    route = find_route(environ["REQUEST_METHOD"], _path(environ))
    if route is None:
        raise ApiError(404, "UnknownOperationException", "DRS has no operation behind this method and path.")
    return route


def _path(environ: WSGIEnvironment) -> str:
    # WSGI has decoded the path already; an encoded slash inside an ARN is therefore a plain one here.
    return str(environ.get("PATH_INFO", ""))


def _read_json(environ: WSGIEnvironment, *, largest: int = _LARGEST_BODY) -> Any:
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > largest:
        raise ApiError(413, "RequestEntityTooLargeException", "The request body is too large.")
    raw = environ["wsgi.input"].read(length) if length > 0 else b""
    if not raw.strip():
        return {}
    try:
        return json.loads(raw)
    except ValueError:
        raise invalid("The request body is not valid JSON.", reason="cannotParse") from None
