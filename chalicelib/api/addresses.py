"""The routes as values, and the address at which a client can see the outcome of a command."""

import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

import msgspec

from ..calls.answers import Answer
from ..domain.errors import cut
from ..operations import OPERATIONS

_MOST_ID_CHARACTERS = 128


class Route(msgspec.Struct, frozen=True):
    """One route of an operation."""

    operation: str
    method: str
    path: str


ROUTES: list[Route] = []
"""Every route that a view declares, in the order of the modules."""


def with_address(answer: Answer, raw: Mapping[str, Any]) -> Answer:
    """Adds ``details.look``, the address of the read that shows the outcome, where an answer names one."""
    details = answer.body.get("error", {}).get("details", {}) if isinstance(answer.body, dict) else {}
    route = next((route for route in ROUTES if route.operation == details.get("lookOperation")), None)
    if route is not None:
        details["look"] = _address(route, raw)
    return answer


def _address(route: Route, raw: Mapping[str, Any]) -> str:
    ids = {name: value for name, value in raw.items() if name.endswith("Id") and isinstance(value, str) and value}
    quoted = {name: urllib.parse.quote(cut(value, _MOST_ID_CHARACTERS), safe="") for name, value in ids.items()}
    path = re.sub(r"{(\w+)}", lambda found: quoted.pop(found[1], found[0]), route.path)
    filters = {field.encode_name for field in msgspec.structs.fields(OPERATIONS[route.operation].request)}
    query = "&".join(f"{name}={value}" for name, value in quoted.items() if name in filters)
    return f"GET {path}?{query}" if query else f"GET {path}"
