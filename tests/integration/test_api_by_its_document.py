"""Requests made from the API document alone, by REST: each answer is one that the document has, and none a failure."""

import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib.api.document import document

from .conftest import RestClient

UNKNOWN_ACCOUNT = "700000000002"
IDS = {"planId": "plan-01J0000000000000000000000A", "executionId": "exec-01J0000000000000000000000A"}
IDS |= {"groupId": "pg-01J0000000000000000000000A", "serverId": "s-0123456789abcdef0"}
KEPT: dict[str, dict[str, Any]] = {
    "register_target_account": {"accountId": "not a number"},
    "add_staging_account": {"accountId": UNKNOWN_ACCOUNT},
    "sync_staging_accounts": {"accountId": UNKNOWN_ACCOUNT},
    "import_configuration": {"dryRun": True},
    "sync_tags": {"dryRun": True},
    "run_sync": {"kind": "recovery-instances"},
    "update_launch_defaults": {"version": 99_999},
    "update_tag_sync_settings": {"version": 99_999},
}
"""Values without which other tests would not find what they need, or would wait."""

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
Values = st.SearchStrategy[Any]


def calls() -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, call) for path, methods in document()["paths"].items() for method, call in methods.items()]


def values(schema: dict[str, Any]) -> Values:
    """Values of a schema, small ones."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return st.deferred(lambda: values(document()["components"]["schemas"][name]))
    if "anyOf" in schema:
        return st.one_of([values(choice) for choice in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return OF_TYPE[schema["type"]](schema)


def _lists(schema: dict[str, Any]) -> Values:
    least, most = schema.get("minItems", 0), schema.get("maxItems", 2)
    return st.lists(values(schema["items"]), min_size=least, max_size=max(least, min(most, 2)))


def _objects(schema: dict[str, Any]) -> Values:
    required = set(schema.get("required", ()))
    fields = {name: values(field) for name, field in schema.get("properties", {}).items()}
    if fields:
        optional = {name: field for name, field in fields.items() if name not in required}
        return st.fixed_dictionaries({name: fields[name] for name in fields if name in required}, optional=optional)
    inner = schema.get("additionalProperties")
    return st.dictionaries(texts, values(inner) if isinstance(inner, dict) else texts, max_size=2)


def _texts(schema: dict[str, Any]) -> Values:
    examples = schema.get("examples", [])
    likely = st.sampled_from(examples) if examples else st.nothing()
    if schema.get("format") == "date-time":
        return st.datetimes().map(lambda time: time.isoformat() + "Z")
    if "pattern" in schema:
        return likely | st.from_regex(schema["pattern"], fullmatch=True)
    least, most = schema.get("minLength", 0), schema.get("maxLength", 12)
    return likely | texts.map(lambda text: text.ljust(least, "x")[:most])


OF_TYPE: dict[str, Callable[[dict[str, Any]], Values]] = {
    "object": _objects,
    "array": _lists,
    "string": _texts,
    "integer": lambda schema: st.integers(schema.get("minimum", -(2**31)), schema.get("maximum", 2**31)),
    "number": lambda _: st.floats(allow_nan=False, allow_infinity=False, width=32),
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
}


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, Any, dict[str, str]]:
    """Method, path with its query, body and headers of a request that the document allows."""
    path, method, call = draw(st.sampled_from(calls()))
    kept = KEPT.get(call["operationId"], {})
    if method == "delete" or call["operationId"] == "update_target_account":
        kept = {**kept, "accountId": UNKNOWN_ACCOUNT, "groupId": IDS["groupId"], "planId": IDS["planId"]}
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    for parameter in call["parameters"]:
        name = parameter["name"]
        value = draw(st.just(kept[name]) if name in kept else values(parameter["schema"]))
        if parameter["in"] == "path":
            path = path.replace(f"{{{name}}}", urllib.parse.quote(str(value), safe="") or "x")
        elif parameter["required"] or name in kept or draw(st.booleans()):
            (headers if parameter["in"] == "header" else query)[name] = _spelled(value)
    body = None
    if "requestBody" in call:
        sent = draw(values(call["requestBody"]["content"]["application/json"]["schema"]))
        body = {
            **sent,
            **{name: value for name, value in kept.items() if f"{{{name}}}" not in path and name in _fields(call)},
        }
    return method.upper(), f"{path}?{urllib.parse.urlencode(query)}" if query else path, body, headers


def _fields(call: dict[str, Any]) -> set[str]:
    schema = call["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return set(schema["properties"])


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@hypothesis_settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(request=requests())
def test_a_request_as_documented_gets_an_answer_as_documented(
    admin: RestClient, request: tuple[str, str, Any, dict[str, str]]
) -> None:
    """The client compares status, headers and body with the document (tests/as_documented.py)."""
    method, path, body, headers = request
    sent = {name.replace("-", "_"): value for name, value in headers.items() if value.isascii()}
    answer = admin(method, path, body, **sent)
    assert answer.status < 500 or answer.error in {"CloudError", "Unavailable"}, (request, answer.body)


# --- hostile requests over HTTP ---

ODD = ["%00", "%ff", "%ed%a0%80", "..", "%2e%2e%2f", "a%0d%0aSet-Cookie:x", "'\"><script>", "%F0%9F%98%80", "9" * 400]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_path_is_a_mistake_of_the_caller(admin: RestClient, odd: str) -> None:
    for path in (
        "/recovery-plans/{}",
        "/executions/{}/events",
        "/drs/jobs/{}/log",
        "/{}",
        "/recovery-plans/{}/versions",
    ):
        answer = admin(
            "GET", path.format(urllib.parse.quote(odd, safe="%/'\"<>:")).replace('"', "%22").replace(" ", "%20")
        )
        assert answer.status in {400, 404}, (path, answer.body)
        assert "set-cookie" not in {name.lower() for name in answer.headers}


@pytest.mark.parametrize("name", ["cursor", "limit", "unheardOf", "%00", "limit%5B%5D"])
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_query_is_a_mistake_of_the_caller(admin: RestClient, name: str, odd: str) -> None:
    answer = admin("GET", f"/recovery-plans?{name}={urllib.parse.quote(odd, safe='%')}")
    assert (answer.status, answer.error) == (400, "InvalidRequest"), answer.body


@pytest.mark.parametrize(
    ("header", "odd"),
    [
        ("If_None_Match", "W/" * 2_000),
        ("If_None_Match", '"' + "x" * 6_000),
        ("Accept", "image/png"),
        ("X_Forwarded_For", "127.0.0.1, 169.254.169.254"),
        ("X_HTTP_Method_Override", "DELETE"),
        ("Content_Type", "application/x-www-form-urlencoded"),
    ],
)
def test_an_odd_header_changes_nothing(admin: RestClient, header: str, odd: str) -> None:
    answer = admin("GET", "/recovery-plans", None, **{header: odd})
    assert answer.status == 200
    assert "items" in answer.body


def test_a_time_without_its_zone_is_refused(admin: RestClient) -> None:
    for path in ("/executions", "/audit-logs"):
        for time in ("2026-01-01T00:00:00", "2026-01-01", "2026-01-01 00:00", "1767225600"):
            refused = admin.get(path, startedAfter=time)
            assert (refused.status, set(refused.problems)) == (400, {"startedAfter"}), time
