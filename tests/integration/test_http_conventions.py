"""What HTTP clients rely on: statuses, headers and the one error body, whatever they ask for."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.api.resources import ROUTES
from chalicelib.api.rest import cors_for
from chalicelib.operations.table import OPERATIONS
from local.cloud import LocalCloud
from local.project import REST_FUNCTION

from .conftest import EAST, REGION_OF, Answer, RestClient, audit_entries, request_id_of

Make = Callable[..., Any]
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")
IN_EVERY_ANSWER = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def headers_of(answer: Answer) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_a_path_names_its_methods_when_another_is_used(anonymous: RestClient, path: str) -> None:
    allowed = {route.method for route in ROUTES if route.path == path}
    for method in sorted({"PATCH", "DELETE", "PUT", "OPTIONS"} - allowed):
        refused = anonymous(method, path.replace("{", "").replace("}", ""))
        assert (refused.status, refused.error) == (405, "MethodNotAllowed"), method
        assert set(headers_of(refused)["allow"].split(", ")) == allowed == set(refused.details["allowed"])


@pytest.mark.parametrize("method", METHODS)
def test_a_path_that_does_not_exist_is_404_for_each_method(admin: RestClient, method: str) -> None:
    refused = admin(method, "/nowhere")
    assert refused.status == 404
    if method != "HEAD":
        assert refused.error == "UnknownRoute"


def test_a_method_that_a_path_does_not_take_is_audited(admin: RestClient) -> None:
    (entry,) = audit_entries(request_id_of(admin("PATCH", "/recovery-plans")))
    assert (entry.operation, int(entry.status_code), entry.error_code) == ("unknown", 405, "MethodNotAllowed")
    assert json.loads(entry.parameters) == {"method": "PATCH", "path": "/recovery-plans"}


def test_every_answer_has_the_headers_that_browsers_need(
    admin: RestClient, anonymous: RestClient, new_plan: Make
) -> None:
    path = f"/recovery-plans/{new_plan()['planId']}"
    etag = headers_of(admin.get(path))["etag"]
    answers = {
        200: admin.get("/recovery-plans"),
        304: admin("GET", path, None, If_None_Match=etag),
        400: admin.get("/recovery-plans", limit=0),
        401: anonymous.get("/recovery-plans"),
        404: admin.get("/recovery-plans/plan-unknown"),
        405: admin("PATCH", "/recovery-plans"),
        415: admin("POST", "/recovery-plans", {}, Content_Type="text/plain"),
        413: admin("POST", "/recovery-plans", {"name": "x" * 1_100_000}),
    }
    for status, answer in answers.items():
        headers = headers_of(answer)
        assert answer.status == status
        assert {name: headers[name] for name in IN_EVERY_ANSWER} == IN_EVERY_ANSWER
        assert headers["strict-transport-security"].startswith("max-age=")
        assert headers["x-amzn-requestid"]
        assert headers["date"]
        assert not [name for name in headers if name.startswith("access-control-")]
        if status >= 400:
            assert answer.body["requestId"] == headers["x-amzn-requestid"]


@pytest.mark.parametrize("form", ["{}", "*", '"x", {}', "{},W/{}", '"a,b" , {}'])
def test_an_answer_that_a_client_has_is_not_sent_again(admin: RestClient, new_plan: Make, form: str) -> None:
    path = f"/recovery-plans/{new_plan()['planId']}"
    etag = headers_of(admin.get(path))["etag"]
    again = admin("GET", path, None, If_None_Match=form.format(etag, '"y"'))
    assert (again.status, again.body, headers_of(again)["etag"]) == (304, None, etag)


@pytest.mark.parametrize("form", ["x{}", "{}x", '"{}"', "'{}'"])
def test_an_etag_is_compared_whole(admin: RestClient, new_plan: Make, form: str) -> None:
    path = f"/recovery-plans/{new_plan()['planId']}"
    etag = headers_of(admin.get(path))["etag"]
    assert admin("GET", path, None, If_None_Match=form.format(etag)).status == 200


def test_what_was_created_is_found_at_its_location(
    cloud: LocalCloud, admin: RestClient, new_name: Callable[[], str], new_plan: Make
) -> None:
    plan = new_plan()
    content = {"name": new_name(), "accountId": EAST, "region": REGION_OF[EAST], "tags": {"Nobody": "has this"}}
    created = {
        "groupId": admin("POST", "/protection-groups", content),
        "planId": admin("POST", "/recovery-plans", {"name": new_name(), "waves": plan["waves"]}),
    }
    for name, answer in created.items():
        assert answer.status == 201, answer.body
        location = headers_of(answer)["location"]
        assert location.startswith("/api/")
        found = admin.get(location.removeprefix("/api")).body
        assert found.get(name, found.get("group", {}).get(name)) == answer.body[name]


def test_every_operation_that_creates_or_starts_says_where(admin: RestClient) -> None:
    for operation in OPERATIONS.values():
        if operation.status in {201, 202} and any(route.operation == operation.name for route in ROUTES):
            assert any(route.method == "GET" for route in ROUTES if route.operation == operation.location)
        else:
            assert operation.location == ""


def test_what_was_changed_meanwhile_is_not_deleted(admin: RestClient, new_plan: Make) -> None:
    plan = new_plan()
    group = plan["waves"][0]["protectionGroupIds"][0]
    names = ("name", "waves", "notificationEmails")
    saved = admin("PUT", f"/recovery-plans/{plan['planId']}", {name: plan[name] for name in names} | {"version": 1})
    assert saved.body["version"] == 2, saved.body
    content = {"name": "changed " + group, "tags": {"Nobody": "has this"}, "version": 1}
    assert admin("PUT", f"/protection-groups/{group}", content).body["version"] == 2
    for path in (f"/recovery-plans/{plan['planId']}", f"/protection-groups/{group}"):
        stale = admin("DELETE", f"{path}?version=1")
        assert (stale.status, stale.error, stale.details["currentVersion"]) == (409, "StaleVersion", 2)
        assert admin.get(path).status == 200
        assert admin("DELETE", f"{path}?version=two").status == 400
        assert admin("DELETE", f"{path}?version=2").status == 200


# --- Chalice's own errors ---


def invoked(cloud: LocalCloud, event: Any) -> Any:
    result = cloud.runtime.invoke(REST_FUNCTION, event)
    assert result.function_error is None, result.payload
    body = result.value["body"]
    return result.value["statusCode"], json.loads(body) if isinstance(body, str) else body


def an_event(resource: str, method: str, **changes: Any) -> dict[str, Any]:
    return {
        "headers": {},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "requestContext": {"resourcePath": resource, "httpMethod": method, "requestId": str(uuid.uuid4())},
        **changes,
    }


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (an_event("/nowhere", "GET"), 404, "UnknownRoute"),
        (an_event("/recovery-plans", "PATCH"), 405, "MethodNotAllowed"),
        # Without the path's parameter, Chalice itself fails.
        (an_event("/recovery-plans/{planId}", "GET"), 500, "InternalError"),
        ({}, 400, "InvalidRequest"),
        ({"requestContext": {}}, 400, "InvalidRequest"),
    ],
)
def test_an_error_of_the_framework_has_our_body(cloud: LocalCloud, event: Any, status: int, code: str) -> None:
    answered, body = invoked(cloud, event)
    assert (answered, body["error"]["code"]) == (status, code)
    assert set(body["error"]) == {"code", "message", "details", "retryable"}
    assert "Traceback" not in json.dumps(body)
    request_id = event.get("requestContext", {}).get("requestId", "")
    assert body["requestId"] == request_id
    if request_id:
        (entry,) = audit_entries(request_id)
        assert int(entry.status_code) == status


# --- other origins ---


def test_only_the_dashboards_origin_may_call_from_a_browser() -> None:
    assert cors_for("") is None
    cors = cors_for("https://dr.example.com:8443/dashboard")
    assert cors is not None
    headers = cors.get_access_control_headers()
    assert headers["Access-Control-Allow-Origin"] == "https://dr.example.com:8443"
    assert {"Authorization", "Content-Type", "Idempotency-Key", "If-None-Match"} <= set(
        headers["Access-Control-Allow-Headers"].split(",")
    )
    assert {"ETag", "Location", "Retry-After", "Date", "Idempotent-Replayed"} <= set(
        headers["Access-Control-Expose-Headers"].split(",")
    )
    assert "Access-Control-Allow-Credentials" not in headers


@pytest.mark.parametrize(("named", "header"), [(7, "7"), (0, "2")])
def test_retry_after_is_the_wait_that_aws_names(
    admin: RestClient, cloud: LocalCloud, new_servers: Make, named: int, header: str
) -> None:
    new_servers()
    match = {"account": EAST, "operation": "DescribeSourceServers"}
    fault = {"kind": "THROTTLE", "match": match, "parameters": {"retryAfterSeconds": named}}
    fault_id = cloud.emulator.add_fault(fault)
    try:
        refused = admin.get("/drs/source-servers", live="true", accountId=EAST, region=REGION_OF[EAST])
    finally:
        cloud.emulator.remove_fault(fault_id)
    assert (refused.status, refused.headers["Retry-After"]) == (503, header)
    assert refused.details.get("retryAfterSeconds") == (named or None)
    assert f"in {f'{named} seconds' if named else 'a few seconds'}" in refused.body["error"]["message"]
