"""What a caller is told when nobody knows whether a command was carried out: where to look before repeating it."""

import re
import urllib.parse
from collections.abc import Mapping
from typing import Any

import msgspec

from ..domain.audit import resource_ids
from ..domain.errors import OutcomeUnknown, cut
from ..operations import OPERATIONS, Operation, Route

_MOST_ID_CHARACTERS = 128


def located(error: OutcomeUnknown, operation: Operation, raw: Mapping[str, Any], request_id: str) -> OutcomeUnknown:
    """The same error with the operation, the ids that the call named, and where its outcome shows."""
    found = _look_of(operation)
    look = _address(*found, raw) if found else ""
    places = f"{look}, and the audit log" if look else "the audit log"
    message = (
        f"{error.message} It is not known whether {operation.name} was carried out. Do not repeat it before you have "
        f"looked: {places} (request id {request_id})."
    )
    facts: dict[str, Any] = {"operation": operation.name, "ids": list(resource_ids(raw)), "requestId": request_id}
    if found:
        facts |= {"look": look, "lookOperation": found[0].name}
    return OutcomeUnknown(message, **{**error.details, **facts})


def _look_of(operation: Operation) -> tuple[Operation, Route] | None:
    """The read that shows what the operation changes: the nearest one on the way to its last route."""
    if not operation.routes:
        return None
    path = operation.routes[-1].path
    reads = [
        (other, route)
        for other in OPERATIONS.values()
        for route in other.routes
        if route.method == "GET" and f"{path}/".startswith(f"{route.path}/")
    ]
    return max(reads, key=lambda read: len(read[1].path), default=None)


def _address(read: Operation, route: Route, raw: Mapping[str, Any]) -> str:
    ids = {name: value for name, value in raw.items() if name.endswith("Id") and isinstance(value, str) and value}
    quoted = {name: urllib.parse.quote(cut(value, _MOST_ID_CHARACTERS), safe="") for name, value in ids.items()}
    path = re.sub(r"{(\w+)}", lambda found: quoted.pop(found[1], found[0]), route.path)
    filters = {field.encode_name for field in msgspec.structs.fields(read.request)}
    query = "&".join(
        f"{name}={value}" for name, value in quoted.items() if name in filters and f"{{{name}}}" not in route.path
    )
    return f"GET {path}?{query}" if query else f"GET {path}"
