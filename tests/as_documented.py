"""Compares answers of the running API with its document: status, headers and body."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema

from chalicelib.api.document import document
from chalicelib.api.resources import ROUTES

MOST = 4
"""Answers of one operation with one status that are compared in one process: enough to find what is not true."""

_compared: Counter[tuple[str, str]] = Counter()


def require_documented(method: str, path: str, status: int, headers: Mapping[str, str], body: Any) -> None:
    """Raises AssertionError for an answer that is not as documented. Undocumented requests are passed."""
    call = _call_of(method, path.partition("?")[0])
    if call is None:
        return
    key = (call["operationId"], str(status))
    _compared[key] += 1
    if _compared[key] > MOST:
        return
    assert str(status) in call["responses"], f"{key[0]} is not documented to answer {status}: {body}"
    response = _resolved(call["responses"][str(status)])
    given = {name.lower() for name in headers}
    optional = {"idempotent-replayed"}
    missing = {name for name in response["headers"] if name.lower() not in given | optional}
    assert not missing, f"{key}: the answer has no {missing}"
    if "content" in response:
        _validator(*key).validate(body)


@cache
def _validator(operation: str, status: str) -> Any:
    (call,) = [call for call in _calls() if call["operationId"] == operation]
    schema = _resolved(call["responses"][status])["content"]["application/json"]["schema"]
    whole = {**schema, "components": document()["components"]}
    return jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker())


def _resolved(response: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in response:
        return response
    found: dict[str, Any] = document()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return found


def _call_of(method: str, path: str) -> dict[str, Any] | None:
    """The call of the document that a request is; a fixed path goes before one with parameters."""
    found = [route.path for route in ROUTES if _pattern(route.path).fullmatch(path)]
    best = min(found, key=lambda pattern: pattern.count("{"), default="")
    call: dict[str, Any] | None = document()["paths"].get(best, {}).get(method.lower())
    return call


def _calls() -> list[dict[str, Any]]:
    return [call for methods in document()["paths"].values() for call in methods.values()]


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", path))
