"""Translates HTTP requests into calls and parameters."""

import json
import re
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from chalice.app import MultiDict
from chalice.app import Request as HttpRequest

from ..calls.contexts import LambdaContext, call_context
from ..calls.decoding import read_texts
from ..calls.guard import require_bytes, require_sound, too_deep
from ..calls.sign_in import person_at_the_edge
from ..domain.access.context import CallContext
from ..domain.access.idempotency import KEY_HEADER, key_problems
from ..domain.access.permissions import ANONYMOUS, InvocationMode, Principal
from ..domain.errors import FieldProblem, InvalidRequest, NotSignedIn, UnsupportedMediaType
from .responses import JSON, names_tag

AUTHORIZATION = "authorization"
_TIME_WITHOUT_SIGN = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)? \d\d:?\d\d", re.ASCII)
_UNSIGNED_OFFSET = re.compile(r" (?=\d\d:?\d\d$)")


def call_of_request(request: HttpRequest, context: LambdaContext) -> CallContext:
    """The call. Its principal is the user whose token API Gateway has verified, or anonymous."""
    received = request.context
    known = request.headers.get("if-none-match", "") if request.method == "GET" else ""
    call = call_context(
        context,
        InvocationMode.API_GATEWAY,
        _principal(request),
        request_id=str(received.get("requestId") or ""),
        source_ip=str(received.get("identity", {}).get("sourceIp") or ""),
    )
    return msgspec.structs.replace(call, has_answer=lambda tag: names_tag(known, tag))


def parameters_of_request(request: HttpRequest, path: Mapping[str, str], kind: type[Any]) -> dict[str, Any]:
    """All parameters of a request for a ``kind``, by name, with texts converted to the values they spell.

    Raises InvalidRequest for a body that is not a JSON object, for a query parameter given twice, and for a parameter
    given in two places. Raises TooLarge and UnsupportedMediaType for a body that is not read.
    """
    problems: list[FieldProblem] = []
    body = _json_body(request, problems)
    texts = {name: urllib.parse.unquote(value) for name, value in path.items()}
    query = request.query_params or MultiDict({})
    for name in query:
        if len(query.getlist(name)) > 1:
            problems.append(FieldProblem(name, "is given more than once in the query string; give it once"))
        if name in texts:
            problems.append(FieldProblem(name, "is part of the path; leave it out of the query string"))
        texts.setdefault(name, _with_sign(query[name]))
    key = request.headers.get(KEY_HEADER.lower())
    if key and "idempotency_key" in kind.__struct_fields__:
        problems += key_problems(key, KEY_HEADER)
        texts["idempotencyKey"] = key
    problems += [
        FieldProblem(name, "is given outside the body; leave it out of the body") for name in body if name in texts
    ]
    read = read_texts(kind, {**body, **texts}, texts)
    require_sound(read)
    if problems:
        raise InvalidRequest(problems)
    return read


def body_as_sent(request: HttpRequest) -> bytes:
    """The body as it came; text that cannot be encoded is escaped."""
    try:
        sent = request.raw_body
    except ValueError:
        sent = str(request.to_original_event().get("body"))
    return sent if isinstance(sent, bytes) else sent.encode("utf-8", "backslashreplace")


def _with_sign(text: str) -> str:
    """A time whose ``+`` was sent unescaped, and so arrived as a blank, with its sign. Any other text as it is."""
    return _UNSIGNED_OFFSET.sub("+", text) if _TIME_WITHOUT_SIGN.fullmatch(text) else text


def _json_body(request: HttpRequest, problems: list[FieldProblem]) -> dict[str, Any]:
    try:
        sent = request.raw_body
        if sent:
            _require_json(request)
        require_bytes(len(sent))
        body, twice = _read_json(sent or b"{}")
    except ValueError as error:
        problems.append(FieldProblem("body", f"is not JSON: {error}"))
        return {}
    except RecursionError:
        problems.append(too_deep())
        return {}
    if not isinstance(body, dict):
        problems.append(FieldProblem("body", "must be a JSON object"))
        return {}
    problems += [FieldProblem(field, "is given twice in one object; give it once") for field in twice]
    return body


def _read_json(text: str | bytes) -> tuple[Any, list[str]]:
    """The value of a JSON text, and the paths of the fields that it has twice, of which only the last would count."""
    repeated: list[tuple[dict[str, Any], list[str]]] = []

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            repeated.append((found, [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]))
        return found

    value = json.loads(text, object_pairs_hook=read_object)
    keys = {id(found): twice for found, twice in repeated}
    return value, list(_paths_in(value, keys)) if keys else []


def _paths_in(root: Any, repeated: Mapping[int, list[str]]) -> Iterator[str]:
    """The paths of the keys that objects have twice. An object that such a key hides is not looked at."""
    waiting: list[tuple[Any, str]] = [(root, "")]
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, dict):
            inner = {key: f"{path}.{key}" if path else key for key in value}
            yield from (inner[key] for key in repeated.get(id(value), ()))
            waiting += [(item, inner[key]) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(item, f"{path}[{index}]") for index, item in enumerate(value)]


def _require_json(request: HttpRequest) -> None:
    """Raises UnsupportedMediaType for a body with another content type. Without one, a body counts as JSON."""
    sent_as = request.headers.get("content-type", JSON)
    if sent_as.partition(";")[0].strip().lower() != JSON:
        raise UnsupportedMediaType(f"The body must be JSON. Send it with the header Content-Type: {JSON}.")


def _principal(request: HttpRequest) -> Principal:
    """The person of the token. Without a verified one, or with another than the verified one, there is nobody."""
    verified = request.context.get("authorizer", {}).get("claims", {})
    if not verified:
        return ANONYMOUS
    try:
        return person_at_the_edge(request.headers.get(AUTHORIZATION, ""), verified)
    except NotSignedIn:
        return ANONYMOUS
