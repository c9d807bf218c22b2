"""Walks the operations table: each operation has a handler, a route, a check of roles and its documents."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import msgspec
import pytest
from openapi_spec_validator import validate

from benchmarks.operation_walk import Walk
from chalicelib.api.document import HANDLERS as DOCUMENT_HANDLERS
from chalicelib.api.document import document
from chalicelib.api.resources import ROUTES as DECLARED_ROUTES
from chalicelib.api.resources import Route, routes_of
from chalicelib.domain.access.idempotency import Replayed
from chalicelib.domain.access.permissions import Permission
from chalicelib.domain.access.tags import Tagged
from chalicelib.execution import handlers as execution
from chalicelib.management import handlers as management
from chalicelib.operations import Operation, Side, Task
from chalicelib.operations.table import OPERATIONS, TASKS
from chalicelib.query import handlers as query
from local.cloud import LocalCloud
from scripts.api_table import with_table
from tests.conftest import Clouds
from tests.hostile import FIELDS
from tests.integration.conftest import Answer, RestClient, audit_entries

ROOT = Path(__file__).resolve().parent.parent.parent
HANDLERS: Mapping[Side, Mapping[str, Callable[..., Any]]] = {
    Side.QUERY: {**query.OPERATION_HANDLERS, **DOCUMENT_HANDLERS},
    Side.EXECUTION: execution.OPERATION_HANDLERS,
    Side.DATA_MANAGEMENT: management.OPERATION_HANDLERS,
}
TASK_HANDLERS = {**query.TASK_HANDLERS, **execution.TASK_HANDLERS, **management.TASK_HANDLERS}
ROUTES = [(OPERATIONS[route.operation], route) for route in DECLARED_ROUTES]
GUARDED = [(operation, route) for operation, route in ROUTES if operation.permission is not Permission.PUBLIC]

ODD_VALUES: list[Any] = ["", "\0", "x" * 2_000, -1, 2**63, [""], {"": ""}]


NEW_ACCOUNT, UNKNOWN_ACCOUNT = "700000000001", "700000000002"
TIMED = {
    "get_dashboard_data",
    "health",
    "get_user",
    "list_audit_logs",
    "list_sync_runs",
    "run_sync",
    "sync_tags",
    "validate_target_account",
}
"""Two calls of these have different answers."""


@pytest.fixture
def cloud(clouds: Clouds) -> LocalCloud:
    return clouds.running()


def by_route(routes: list[tuple[Operation, Route]]) -> pytest.MarkDecorator:
    ids = [f"{route.method} {route.path}" for _, route in routes]
    return pytest.mark.parametrize(("operation", "route"), routes, ids=ids)


by_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def test_each_side_serves_exactly_its_operations() -> None:
    for side, handlers in HANDLERS.items():
        assert set(handlers) == {operation.name for operation in OPERATIONS.values() if operation.side is side}


def test_each_task_is_served() -> None:
    assert set(TASK_HANDLERS) == set(TASKS)


@by_route(GUARDED)
def test_a_request_without_a_token_is_refused(cloud: LocalCloud, operation: Operation, route: Route) -> None:
    assert send_request(RestClient(cloud.api_url, None), operation, route).status == 401


@by_route(ROUTES)
def test_the_route_answers_and_leaves_one_audit_entry(cloud: LocalCloud, operation: Operation, route: Route) -> None:
    answer = send_request(RestClient(cloud.api_url, cloud.sign_in("DRSOrchestrationAdmin")), operation, route)
    assert answer.status in {operation.status, 404, 400, 409, 422}, answer.body
    if answer.status == 400:
        assert set(answer.problems).isdisjoint(parameters(operation)) or operation.name.endswith(
            ("plan", "staging_account")
        ), answer.body
    headers = {name.lower(): value for name, value in answer.headers.items()}
    (entry,) = audit_entries(headers["x-amzn-requestid"])
    assert (entry.operation, entry.side, int(entry.status_code)) == (operation.name, operation.side, answer.status)


@by_operation
def test_a_direct_call_has_the_same_answer_as_rest(cloud: LocalCloud, operation: Operation) -> None:
    body = parameters(operation)
    result = cloud.runtime.invoke(operation.side.handler, {"operation": operation.name, "body": body}).value
    routes = routes_of(operation.name)
    if not routes or operation.status == 201:
        assert result["statusCode"] in {operation.status, 400, 409}
        return
    by_rest = send_request(RestClient(cloud.api_url, cloud.sign_in("DRSOrchestrationAdmin")), operation, routes[0])
    assert result["statusCode"] == by_rest.status
    if operation.name not in TIMED:
        assert without_request_id(result["body"]) == without_request_id(by_rest.body)


@by_operation
def test_unknown_fields_are_refused_by_name(cloud: LocalCloud, operation: Operation) -> None:
    event = {"operation": operation.name, "body": {**parameters(operation), "unheardOf": 1}}
    refused = cloud.runtime.invoke(operation.side.handler, event).value
    assert refused["statusCode"] == 400
    assert "unheardOf" in {problem["field"] for problem in refused["body"]["error"]["details"]["problems"]}


@by_operation
def test_odd_values_are_a_mistake_of_the_caller_and_not_a_failure(cloud: LocalCloud, operation: Operation) -> None:
    for field in msgspec.structs.fields(operation.request):
        for odd in ODD_VALUES:
            event = {"operation": operation.name, "body": {**parameters(operation), field.encode_name: odd}}
            answer = cloud.runtime.invoke(operation.side.handler, event).value
            assert answer["statusCode"] < 500, (field.encode_name, odd, answer["body"])


def test_the_api_document_is_valid_and_has_every_route() -> None:
    described = document()
    validate(described)
    paths = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    assert paths == {(route.method, route.path) for _, route in ROUTES}


def test_the_api_document_states_permission_and_answer_of_each_route() -> None:
    described = document()
    for operation, route in ROUTES:
        entry = described["paths"][route.path][route.method.lower()]
        assert entry["x-permission"] == operation.permission
        assert str(operation.status) in entry["responses"]
        assert bool(entry["security"]) is (operation.permission is not Permission.PUBLIC)


def test_operation_ids_of_the_api_document_are_unique() -> None:
    entries = [entry["operationId"] for methods in document()["paths"].values() for entry in methods.values()]
    assert len(entries) == len(set(entries))


@pytest.mark.parametrize("operation", [operation for operation in OPERATIONS.values() if operation.example])
def test_an_example_is_a_request_of_its_operation(operation: Operation) -> None:
    routes = routes_of(operation.name)
    in_path = {field: "x" for route in routes for field in re.findall(r"{(\w+)}", route.path)}
    msgspec.convert({**in_path, **operation.example}, operation.request)


def test_every_operation_that_creates_or_starts_something_has_an_example() -> None:
    for operation in OPERATIONS.values():
        if operation.status in {201, 202}:
            assert operation.example, operation.name


@by_operation
def test_a_command_names_the_read_that_shows_its_result(operation: Operation) -> None:
    reachable = bool(routes_of(operation.name))
    if operation.is_command and reachable:
        read = OPERATIONS[operation.shown_by]
        assert read.side is Side.QUERY
        assert any(route.method == "GET" for route in routes_of(read.name))
    else:
        assert operation.shown_by == ""


@by_operation
def test_the_function_of_an_operation_takes_and_returns_what_the_table_says(operation: Operation) -> None:
    hints = get_type_hints(HANDLERS[operation.side][operation.name])
    answered = hints.pop("return")
    assert operation.request in hints.values()
    kinds = get_args(answered) if get_origin(answered) in {Union, UnionType} else (answered,)
    others = set(kinds) - {operation.response}
    assert all(get_origin(other) in {Replayed, Tagged} and get_args(other) == (operation.response,) for other in others)
    assert operation.response in kinds or [get_origin(kind) for kind in kinds] == [Tagged]


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_the_function_of_a_task_takes_what_the_table_says(task: Task) -> None:
    assert task.request in get_type_hints(TASK_HANDLERS[task.name]).values()


def test_the_benchmark_of_costs_calls_every_operation_and_task() -> None:
    called = {name for name, _ in Walk(cast(Any, None)).steps() if name}
    assert called == {*OPERATIONS, *TASKS}


def test_the_table_of_the_api_page_is_generated_from_the_code() -> None:
    page = (ROOT / "docs/api.md").read_text()
    assert with_table(page) == page, "run `make config`"
    assert with_table(page.replace("| health |", "| hello |")) == page


def parameters(operation: Operation) -> dict[str, Any]:
    """Values for every field that the operation requires."""
    fields = msgspec.structs.fields(operation.request)
    required = {field.encode_name for field in fields if field.required}
    if operation.permission in {Permission.CREATE_GROUPS, Permission.MODIFY_GROUPS}:
        required |= {"tags"} & {field.encode_name for field in fields}
    if operation.name == "resolve_protection_group":
        required |= {"tags"}
    values = {name: FIELDS[name] for name in required}
    if operation.name in {"register_target_account", "update_target_account", "remove_target_account"}:
        # Other tests need the accounts that there are.
        values["accountId"] = NEW_ACCOUNT if operation.status == 201 else UNKNOWN_ACCOUNT
    return values


def send_request(client: RestClient, operation: Operation, route: Route) -> Answer:
    """Sends one request to the route with every parameter that it requires."""
    values = parameters(operation)
    path = re.sub(r"{(\w+)}", lambda match: str(values.pop(match[1], None) or FIELDS[match[1]]), route.path)
    if route.method in {"POST", "PUT"}:
        return client(route.method, path, values)
    query_string = "&".join(f"{name}={value}" for name, value in values.items())
    return client(route.method, f"{path}?{query_string}" if query_string else path)


def without_request_id(body: Any) -> Any:
    return {name: value for name, value in json.loads(json.dumps(body)).items() if name != "requestId"}
