"""The routes as values, and the addresses at which a client can see the outcome of a command."""

import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

import msgspec

from ..calls.answers import Answer
from ..domain.errors import cut
from ..operations import Operation
from ..operations.table import OPERATIONS

_MOST_ID_CHARACTERS = 128


class Route(msgspec.Struct, frozen=True):
    """One route of an operation. ``subject`` is the module of its view."""

    operation: str
    method: str
    path: str
    subject: str = ""


ROUTES: list[Route] = []
"""Every route that a view declares, in the order of the modules."""


def with_address(answer: Answer, raw: Mapping[str, Any]) -> Answer:
    """Adds ``details.look``, the address of the read that shows the outcome, where an answer names one."""
    details = answer.body.get("error", {}).get("details", {}) if isinstance(answer.body, dict) else {}
    route = next((route for route in ROUTES if route.operation == details.get("lookOperation")), None)
    if route is not None:
        details["look"] = _address(route, raw)
    return answer


def location_of(
    operation: Operation, answer: Answer, raw: Mapping[str, Any], request_context: Mapping[str, Any]
) -> dict[str, str]:
    """The header Location of an answer with status 201 or 202; no header for any other."""
    if not operation.location or answer.status not in {201, 202}:
        return {}
    route = next(route for route in ROUTES if route.operation == operation.location)
    records = [answer.body, *(value for value in answer.body.values() if isinstance(value, dict))]
    ids = {**raw, **{name: value for record in reversed(records) for name, value in record.items()}}
    stage = _before(str(request_context.get("path", "")), str(request_context.get("resourcePath", "")))
    return {"Location": stage + _address(route, ids).removeprefix("GET ").partition("?")[0]}


def _before(path: str, resource: str) -> str:
    """The part of a request's path that comes before the route: the API's stage, or the base path of a domain."""
    segments = path.rstrip("/").split("/")
    return "/".join(segments[: len(segments) - resource.rstrip("/").count("/")])


def _address(route: Route, raw: Mapping[str, Any]) -> str:
    ids = {name: value for name, value in raw.items() if name.endswith("Id") and isinstance(value, str) and value}
    quoted = {name: urllib.parse.quote(cut(value, _MOST_ID_CHARACTERS), safe="") for name, value in ids.items()}
    path = re.sub(r"{(\w+)}", lambda found: quoted.pop(found[1], found[0]), route.path)
    filters = {field.encode_name for field in msgspec.structs.fields(OPERATIONS[route.operation].request)}
    query = "&".join(f"{name}={value}" for name, value in quoted.items() if name in filters)
    return f"GET {path}?{query}" if query else f"GET {path}"
