"""Hostile requests, direct and by REST, cause no internal error, get the error body and are audited."""

import base64
import json
import re
import urllib.parse
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib.api.resources import Route, routes_of
from chalicelib.calls.decoding import decode
from chalicelib.operations import Side
from chalicelib.operations.table import OPERATIONS
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from local.project import REST_FUNCTION
from tests.hostile import Hostile, bodies, requests, without_what_excludes

AUDIT_TABLE = "aws-drs-orchestration-audit-logs-local"
LEAVES = st.none() | st.booleans() | st.floats() | st.text(st.characters()) | st.sampled_from(sorted(OPERATIONS))
KEYS = st.sampled_from(["operation", "action", "body", "principal", "x", "\ud800"])
SHAPES: st.SearchStrategy[Any] = st.deferred(
    lambda: LEAVES | st.lists(SHAPES, max_size=3) | st.dictionaries(KEYS, SHAPES, max_size=4)
)
FUNCTIONS = {side: side.handler for side in Side}
ROUTED = sorted(name for name in bodies() if routes_of(name))


def fuzzed(examples: int) -> hypothesis_settings:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    return hypothesis_settings(max_examples=examples, deadline=None, suppress_health_check=checks)


class Witness:
    """The entries that were written to the audit log, by request."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.entries: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.token = cloud.sign_in("DRSOrchestrationAdmin")

    def see(self, call: AwsCall, _: str | None) -> None:
        if call.operation == "PutItem" and call.params.get("TableName") == AUDIT_TABLE:
            item = {name: next(iter(value.values())) for name, value in call.params["Item"].items()}
            self.entries[item["request_id"]].append(item)

    def directly(self, function: str, event: Any, *, alias: str = "") -> Any:
        """The answer of a direct invocation, which has been checked."""
        runtime = self.cloud.runtime
        result = runtime.invoke(function, event, arn=runtime.arn(function, qualifier=alias))
        assert result.function_error is None, result.payload[:2_000]
        answer = result.value
        if "statusCode" in answer:
            self._check(answer["statusCode"], answer["body"], result.request_id)
        return answer

    def by_rest(self, route: Route, body: Any, **request: Any) -> Any:
        """The response of the REST function to an event of API Gateway, which has been checked."""
        request_id = str(uuid.uuid4())
        event = an_event(route, request_id, body, token=self.token, **request)
        result = self.cloud.runtime.invoke(REST_FUNCTION, event)
        assert result.function_error is None, result.payload[:2_000]
        response = result.value
        self._check(response["statusCode"], json.loads(response["body"] or "null"), request_id)
        return response

    def last(self, request_id: str) -> dict[str, Any]:
        return self.entries[request_id][-1]

    def _check(self, status: int, body: Any, request_id: str) -> None:
        assert status < 500, body
        if status >= 400:
            assert set(body) == {"error", "requestId"}
            assert set(body["error"]) == {"code", "message", "details", "retryable"}
            assert body["error"]["message"]
        json.dumps(body, ensure_ascii=False).encode()
        entries = self.entries[request_id]
        assert entries, "the call is not in the audit log"
        assert len({entry["entry_id"] for entry in entries}) == 1
        assert int(entries[-1]["status_code"]) == status


def an_event(
    route: Route,
    request_id: str,
    body: Any,
    *,
    token: str = "",
    path: dict[str, str] | None = None,
    query: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """What API Gateway sends for a request of a signed-in administrator."""
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")) if token else {}
    return {
        "resource": route.path,
        "path": route.path,
        "httpMethod": route.method,
        "headers": {"Content-Type": "application/json", "Authorization": token, **(headers or {})},
        "multiValueHeaders": {},
        "multiValueQueryStringParameters": {
            name: value if isinstance(value, list) else [value] for name, value in (query or {}).items()
        }
        or None,
        "pathParameters": path or None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route.path,
            "httpMethod": route.method,
            "requestId": request_id,
            "path": f"/api{route.path}",
            "identity": {"sourceIp": "192.0.2.1"},
            "authorizer": {"claims": claims},
        },
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.fixture
def witness(cloud: LocalCloud) -> Iterator[Witness]:
    found = Witness(cloud)
    stop = cloud.front.observe(found.see)
    yield found
    stop()


@pytest.fixture
def known(new_plan: Callable[..., Any]) -> dict[str, str]:
    """Ids that exist, by their placeholder in a request; the plan's only server cannot be launched."""
    plan = new_plan()
    return {"plan-unknown": plan["planId"], "pg-unknown": plan["waves"][0]["protectionGroupIds"][0]}


def with_known_ids(request: Hostile, known: dict[str, str]) -> dict[str, Any]:
    """The body with ids that exist, except for what would delete them."""
    if request.operation.name.startswith("delete"):
        return request.body
    named = {name: request.body.get(name) for name in ("planId", "groupId")}
    found = {name: known[value] for name, value in named.items() if isinstance(value, str) and value in known}
    return {**request.body, **found}


@pytest.mark.parametrize("name", sorted(bodies()))
def test_a_request_is_valid_until_one_place_of_it_is_odd(name: str) -> None:
    """Else what is odd would hide behind another problem. Every field of every operation has a value."""
    decode(OPERATIONS[name].request, bodies()[name])


@fuzzed(120)
@given(request=requests())
def test_a_direct_call_answers_any_input(witness: Witness, known: dict[str, str], request: Hostile) -> None:
    operation = request.operation
    body = with_known_ids(request, known)
    witness.directly(operation.side.handler, {"operation": operation.name, "body": body})


@fuzzed(80)
@given(request=requests(ROUTED))
def test_a_rest_call_answers_any_input(witness: Witness, known: dict[str, str], request: Hostile) -> None:
    """Values go where the route has them; what is not text there is written as JSON."""
    route, fields = routes_of(request.operation.name)[0], with_known_ids(request, known)
    path = {name: _text(fields.pop(name, "x")) for name in re.findall(r"{(\w+)}", route.path)}
    path = {name: urllib.parse.quote(value.encode("utf-8", "surrogatepass")) or "x" for name, value in path.items()}
    if route.method in {"GET", "DELETE"}:
        query = {name: _text(value) for name, value in fields.items()}
        witness.by_rest(route, None, path=path, query=query)
    else:
        headers = {"Idempotency-Key": _text(fields.pop("idempotencyKey"))} if "idempotencyKey" in fields else {}
        witness.by_rest(route, json.dumps(fields), path=path, headers=headers)


@fuzzed(40)
@given(
    function=st.sampled_from(sorted(FUNCTIONS.values())),
    event=SHAPES,
)
def test_an_event_of_any_shape_is_answered_and_audited(witness: Witness, function: str, event: Any) -> None:
    witness.directly(function, event)


@pytest.mark.parametrize("odd", ["\ud800", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "x" * 500_000])
def test_each_text_of_each_operation_can_be_odd(witness: Witness, known: dict[str, str], odd: str) -> None:
    for name, body in bodies().items():
        for field in [field for field, value in body.items() if isinstance(value, str)]:
            fewer = without_what_excludes({**body, field: odd}, field)
            request = Hostile(OPERATIONS[name], fewer)
            event = {"operation": name, "body": with_known_ids(request, known)}
            answer = witness.directly(request.operation.side.handler, event)
            if odd in {"\ud800", "x" * 500_000}:
                assert answer["statusCode"] == 400, (name, field)


# --- the smallest of each kind ---

LIST, CREATE = routes_of("list_recovery_plans")[0], routes_of("create_recovery_plan")[0]


@pytest.mark.parametrize("event", [None, [], "x", 5, {}, {"operation": "fly"}, {"operation": {}}, {"body": {"a": 1}}])
def test_an_event_that_names_no_operation_is_audited(witness: Witness, event: Any) -> None:
    request_id = witness.directly("query-handler", event)["body"]["requestId"]
    entry = witness.last(request_id)
    assert (entry["operation"], entry["principal_name"], entry["error_code"]) == (
        "unknown",
        "undeclared",
        "InvalidRequest",
    )


@pytest.mark.parametrize("name", ["n" * 3_000, "\ud800", 5, {}, ["x"]])
@pytest.mark.parametrize("function", sorted(FUNCTIONS.values()))
def test_an_invalid_declared_name_is_refused(witness: Witness, function: str, name: Any) -> None:
    operation = next(item for item in OPERATIONS.values() if item.side.handler == function)
    answer = witness.directly(function, {"operation": operation.name, "body": {}, "principal": {"name": name}})
    assert answer["statusCode"] == 400
    assert answer["body"]["error"]["details"]["problems"][0]["field"] == "principal.name"
    assert witness.last(answer["body"]["requestId"])["operation"] in {operation.name, "unknown"}


def test_a_name_of_the_maximum_length_is_accepted(witness: Witness) -> None:
    event = {"operation": "health", "principal": {"name": "\U0001f600" * 256}}
    assert witness.directly("query-handler", event)["statusCode"] == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("[" * 100_000, 400, "InvalidRequest"),
        ('{"a":' * 100_000, 400, "InvalidRequest"),
        ("[" * 33 + "]" * 33, 400, "InvalidRequest"),
        ('{"name": "\\ud800", "waves": []}', 400, "InvalidRequest"),
        ('{"name": "\ud800", "waves": []}', 400, "InvalidRequest"),
        ('{"\\ud800": 1}', 400, "InvalidRequest"),
        ('{"name": NaN}', 400, "InvalidRequest"),
        ('{"version": 1e999}', 400, "InvalidRequest"),
        ("1" * 5_000, 400, "InvalidRequest"),
        ('{"name": "' + "x" * 500_000 + '", "waves": []}', 400, "InvalidRequest"),
        ('{"name": "' + "x" * 1_048_576 + '", "waves": []}', 413, "TooLarge"),
        (" " * 1_048_577, 413, "TooLarge"),
        ("{" + ",".join(f'"{number}":1' for number in range(90_000)) + "}", 400, "InvalidRequest"),
    ],
    ids=lambda value: str(value)[:24].encode("utf-8", "replace").decode(),
)
def test_a_hostile_body_is_refused(witness: Witness, body: str, status: int, code: str) -> None:
    response = witness.by_rest(CREATE, body)
    assert (response["statusCode"], json.loads(response["body"])["error"]["code"]) == (status, code)


def test_a_body_that_is_not_base64_is_refused(witness: Witness) -> None:
    event = an_event(CREATE, str(uuid.uuid4()), "a", token=witness.token) | {"isBase64Encoded": True}
    assert witness.cloud.runtime.invoke(REST_FUNCTION, event).value["statusCode"] == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/xml; charset=utf-8", "multipart/form-data", ""])
def test_a_body_of_another_type_is_refused_and_audited(witness: Witness, kind: str) -> None:
    response = witness.by_rest(CREATE, "{}", headers={"Content-Type": kind})
    assert (response["statusCode"], json.loads(response["body"])["error"]["code"]) == (415, "UnsupportedMediaType")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_accepted(witness: Witness, kind: str) -> None:
    response = witness.by_rest(CREATE, "{}", headers={"Content-Type": kind})
    assert response["statusCode"] == 400


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "\ud800"},
        {"cursor": "x" * 5_000},
        {"cursor": base64.urlsafe_b64encode(b'["plans",{"kind":{"S":"PLAN"}}]').decode()},
        {"cursor": base64.urlsafe_b64encode(b'["plans",{"kind":{"N":"1"},"name":{"S":""}}]').decode()},
        {"\ud800": "x"},
        {"limit": "9" * 5_000},
        {"limit": ["1", "2"]},
    ],
)
def test_a_hostile_query_string_is_refused(witness: Witness, query: dict[str, Any]) -> None:
    assert witness.by_rest(LIST, None, query=query)["statusCode"] == 400


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_at_the_end_of_the_calendar_is_refused(witness: Witness, moment: str) -> None:
    for name in ("list_executions", "list_audit_logs"):
        event = {"operation": name, "body": {"startedAfter": moment}}
        assert witness.directly("query-handler", event)["statusCode"] == 400


def test_a_header_that_is_not_text_is_refused(witness: Witness) -> None:
    response = witness.by_rest(CREATE, "{}", headers={"Idempotency-Key": "\ud800"})
    assert response["statusCode"] == 400


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
