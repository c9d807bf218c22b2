"""The path of every call: entry points, permissions, what is refused, the error body."""

import base64
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.api.addresses import ROUTES
from chalicelib.operations import Side
from chalicelib.operations.table import OPERATIONS, TASKS
from chalicelib.store.tables.audit import AuditEntryItem
from local.cloud import LocalCloud
from local.lambda_runtime import InvocationResult

from .conftest import EAST, REGION_OF, Answer, RestClient, audit_entries, request_id_of, without_table

Make = Callable[..., Any]


@pytest.mark.parametrize("path", ["/health", "/openapi.json"])
def test_public_routes_need_no_sign_in(anonymous: RestClient, path: str) -> None:
    assert anonymous.get(path).status == 200


@pytest.mark.parametrize("token", [None, "", "Bearer x", "a.b.c"])
def test_a_call_without_a_token_of_the_user_pool_is_refused(cloud: LocalCloud, token: str | None) -> None:
    assert RestClient(cloud.api_url, token).get("/protection-groups").status == 401


def test_a_body_that_cannot_be_read_needs_the_permission_and_is_audited(
    signed_in: Callable[[str], RestClient],
) -> None:
    for role, status in (("DRSReadOnly", 403), ("DRSPlanManager", 400)):
        refused = signed_in(role)("POST", "/recovery-plans", b"{")
        (entry,) = audit_entries(request_id_of(refused))
        assert (refused.status, int(entry.status_code), entry.operation) == (status, status, "create_recovery_plan")


def test_a_forged_token_is_refused(cloud: LocalCloud) -> None:
    head, claims, signature = cloud.sign_in("DRSReadOnly").split(".")
    content = json.loads(base64.urlsafe_b64decode(claims + "=="))
    content["cognito:groups"] = ["DRSOrchestrationAdmin"]
    forged = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    assert RestClient(cloud.api_url, f"{head}.{forged}.{signature}").get("/audit-logs").status == 401


def test_users_see_their_roles_and_permissions(signed_in: Callable[[str], RestClient]) -> None:
    user = signed_in("DRSOperator").get("/user").body
    assert user["roles"] == ["DRSOperator"]
    assert "start-recovery" in user["permissions"]
    assert "modify-plans" not in user["permissions"]


def test_users_see_which_roles_hold_what_they_lack_and_where_they_are(
    signed_in: Callable[[str], RestClient], cloud: LocalCloud
) -> None:
    user = signed_in("DRSOperator").get("/user").body
    all_of_them = {each["permission"]: each for each in user["allPermissions"]}
    assert {name for name, each in all_of_them.items() if each["held"]} == set(user["permissions"])
    approve = all_of_them["approve"]
    assert approve["roles"] == ["DRSOrchestrationAdmin", "DRSRecoveryManager"]
    assert approve["reason"] == "Needs the permission 'approve' (Admin, Recovery manager). You are Operator."
    assert all_of_them["view"]["reason"] == ""
    assert (user["stage"], user["accountId"], user["region"]) == ("local", cloud.hub_account, "us-east-2")
    assert user["version"] == signed_in("DRSOperator").get("/health").body["version"]
    assert user["retention"] == {"auditDays": 400, "recoveryDays": 400}
    assert user["features"]["inventorySync"] == "FUNCTION"


def test_a_refusal_names_the_permission_and_the_roles_that_have_it(signed_in: Callable[[str], RestClient]) -> None:
    refused = signed_in("DRSReadOnly")("POST", "/recovery-plans", {"name": "x", "waves": []})
    assert (refused.status, refused.error) == (403, "NotPermitted")
    assert "'create-plans'" in refused.body["error"]["message"]
    assert "DRSPlanManager" in refused.body["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "body", "operation"),
    [
        ("POST", "/recovery-plans", {"name": "x", "waves": []}, "create_recovery_plan"),
        ("POST", "/executions", {"planId": "plan-unknown", "mode": "RECOVERY", "reason": "x"}, "start_execution"),
        ("DELETE", "/executions/exec-unknown", None, "delete_execution"),
    ],
)
def test_a_command_without_the_permission_is_refused_at_the_edge(
    cloud: LocalCloud,
    signed_in: Callable[[str], RestClient],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: Any,
    operation: str,
) -> None:
    passed_on, invoke = [], cloud.runtime.invoke

    def invoke_and_remember(function: str, event: Any, **options: Any) -> InvocationResult:
        passed_on.append(event.get("operation"))
        return invoke(function, event, **options)

    monkeypatch.setattr(cloud.runtime, "invoke", invoke_and_remember)
    refused = signed_in("DRSReadOnly")(method, path, body)
    assert (refused.status, refused.error) == (403, "NotPermitted")
    assert operation not in passed_on
    (entry,) = audit_entries(request_id_of(refused))
    assert (entry.operation, int(entry.status_code), entry.error_code) == (operation, 403, "NotPermitted")
    assert entry.verdict["allowed"] is False


def test_the_permission_is_checked_before_the_request(
    signed_in: Callable[[str], RestClient],
) -> None:
    assert signed_in("DRSOperator")("POST", "/recovery-plans", {"nonsense": True}).status == 403


def test_a_plan_manager_may_drill_but_not_recover(signed_in: Callable[[str], RestClient]) -> None:
    start = {"planId": "plan-unknown", "mode": "DRILL"}
    assert signed_in("DRSPlanManager")("POST", "/executions", start).status == 404
    refused = signed_in("DRSPlanManager")("POST", "/executions", {**start, "mode": "RECOVERY", "reason": "x"})
    assert refused.status == 403
    assert "'start-recovery'" in refused.body["error"]["message"]


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        "health",
        {"operation": "fly"},
        {"operation": ["health"]},
        {"operation": "health", "body": 5},
        {"operation": "health", "extra": 1},
    ],
)
def test_an_invocation_that_cannot_be_read_gets_an_error_answer(cloud: LocalCloud, event: Any) -> None:
    result = cloud.runtime.invoke("query-handler", event)
    assert result.function_error is None
    assert result.value["statusCode"] == 400
    assert result.value["body"]["error"]["code"] == "InvalidRequest"


TASK_NAMES = sorted(name for name, task in TASKS.items() if task.side is not Side.DATA_MANAGEMENT)
"""The tasks of an execution; those of the data-management side are about no record that could be missing."""


def a_task(task: str) -> dict[str, Any]:
    """The event of a task of an execution that does not exist."""
    fields: dict[str, Any] = {"executionId": "exec-unknown", "planId": "plan", "waveNumber": 1}
    if task == "poll_wave_status":
        look = {"job_id": "", "current_wave_number": 1, "servers": []}
        fields = {"execution_id": "exec-unknown", "plan_id": "plan", **look}
    elif task.endswith("_execution"):
        fields = {"executionId": "exec-unknown"}
    elif task == "update_wave_completion_status":
        fields |= {"status": "completed", "waveData": {}}
    token = {"taskToken": "token"} if task.startswith("await") else {}
    return {_address(task): task, **fields, **token}


def _address(task: str) -> str:
    return "operation" if TASKS[task].side is Side.QUERY else "action"


def through(cloud: LocalCloud, alias: str, function: str, event: Any) -> InvocationResult:
    """The result of an invocation through an alias, or without one."""
    return cloud.runtime.invoke(function, event, arn=cloud.runtime.arn(function, qualifier=alias))


@pytest.mark.parametrize("task", TASK_NAMES)
def test_a_task_of_the_state_machine_raises_its_error_by_name(cloud: LocalCloud, task: str) -> None:
    """Step Functions retries and catches errors that are raised; it would take an answer for a success."""
    function = TASKS[task].side.handler
    result = through(cloud, "workflow", function, a_task(task))
    assert result.function_error, result.payload
    assert result.value["errorType"] == "RecordNotFound"
    (entry,) = audit_entries(result.request_id)
    assert (entry.invocation_mode, entry.principal_name) == ("STEP_FUNCTIONS", "states.amazonaws.com")
    unread = through(cloud, "workflow", function, {_address(task): task, "unknown": 1})
    assert unread.value["errorType"] == "InvalidRequest"


@pytest.mark.parametrize("alias", ["", "live", "rest"])
@pytest.mark.parametrize("task", TASK_NAMES)
def test_a_task_sent_otherwise_is_a_direct_call_and_its_error_an_answer(
    cloud: LocalCloud, task: str, alias: str
) -> None:
    result = through(cloud, alias, TASKS[task].side.handler, a_task(task))
    assert result.function_error is None, result.payload
    assert result.value["statusCode"] == 404
    assert result.value["body"]["error"]["code"] == "RecordNotFound"
    (entry,) = audit_entries(result.request_id)
    assert (entry.invocation_mode, entry.principal_name) == ("DIRECT_LAMBDA", "undeclared")
    assert (entry.operation, int(entry.status_code)) == (task, 404)


def test_an_event_that_names_no_task_raises_an_error_to_the_state_machine(cloud: LocalCloud) -> None:
    events: list[Any] = [[], {"action": "fly"}, {"operation": "list_executions", "extra": 1}]
    for event in events:
        result = through(cloud, "workflow", "query-handler", event)
        assert result.value["errorType"] == "InvalidRequest"
        assert [int(entry.status_code) for entry in audit_entries(result.request_id)] == [400]


def test_the_alias_of_the_state_machine_does_not_make_the_caller_of_an_operation_a_service(cloud: LocalCloud) -> None:
    result = through(cloud, "workflow", "query-handler", {"operation": "health", "principal": {"name": "me"}})
    (entry,) = audit_entries(result.request_id)
    assert (entry.invocation_mode, entry.principal_name) == ("DIRECT_LAMBDA", "me")


def test_a_function_does_not_serve_operations_of_another_side(invoke: Callable[..., Answer]) -> None:
    assert invoke("query-handler", "create_recovery_plan", {}).status == 400
    assert invoke("data-management-handler", "list_recovery_plans", {}).status == 400


def test_a_declared_principal_is_never_taken_as_verified(invoke: Callable[..., Answer]) -> None:
    forged = {"type": "USER", "name": "chief", "verified": True, "groups": ["DRSOrchestrationAdmin"]}
    answer = invoke("query-handler", "get_user", {}, principal=forged, request_id="req-forged")
    assert answer.body["roles"] == []
    newest = AuditEntryItem.by_principal.query("chief", scan_index_forward=False, limit=1)
    (entry,) = newest
    principal = entry.principal
    assert (principal["type"], principal["verified"], principal["groups"]) == ("IAM", False, [])
    assert entry.request_id != "req-forged"


@pytest.mark.parametrize(
    ("body", "field"),
    [(b"{", "body"), (b"[1]", "body"), (b'"text"', "body"), (b"\xff", "body"), (b'{"groupId": "x"}', "groupId")],
)
def test_bodies_that_cannot_be_read_are_refused(admin: RestClient, body: bytes, field: str) -> None:
    refused = admin("PUT", "/protection-groups/pg-1", body)
    assert refused.status == 400
    assert field in refused.problems


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("colour=red", "colour"),
        ("limit=1&limit=2", "limit"),
        ("cursor=abc", "cursor"),
        ("cursor=%F0%9F%98%80", "cursor"),
    ],
)
def test_query_parameters_are_checked(admin: RestClient, query: str, field: str) -> None:
    refused = admin("GET", f"/recovery-plans?{query}")
    assert refused.status == 400
    assert list(refused.problems) == [field]


def test_a_cursor_of_another_list_is_refused(admin: RestClient, new_group: Make, new_plan: Make) -> None:
    for _ in range(2):
        new_plan()
    cursor = admin.get("/protection-groups", limit=1).body["nextCursor"]
    assert list(admin.get("/recovery-plans", cursor=cursor).problems) == ["cursor"]
    assert list(admin.get("/protection-groups", accountId=EAST, cursor=cursor).problems) == ["cursor"]


@pytest.mark.parametrize("content", [[], ["plans"], ["plans", "x"], ["plans", {"plan_id": "x"}], {"plans": {}}])
def test_a_forged_cursor_is_refused(admin: RestClient, content: Any) -> None:
    forged = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    assert list(admin.get("/recovery-plans", cursor=forged).problems) == ["cursor"]


def test_a_cursor_continues_by_rest_and_by_a_direct_call(
    admin: RestClient, invoke: Callable[..., Answer], new_plan: Make
) -> None:
    for _ in range(3):
        new_plan()
    cursor = admin.get("/recovery-plans", limit=1).body["nextCursor"]
    by_rest = admin.get("/recovery-plans", limit=2, cursor=cursor)
    direct = invoke("query-handler", "list_recovery_plans", {"limit": 2, "cursor": cursor})
    assert by_rest.status == direct.status == 200
    assert by_rest.body["items"] == direct.body["items"]


def test_a_cursor_without_its_signature_is_refused(admin: RestClient, new_plan: Make) -> None:
    for _ in range(2):
        new_plan()
    own, _, signature = admin.get("/recovery-plans", limit=1).body["nextCursor"].rpartition(".")
    for cursor in (own, f"{own}.", f"{own}.{signature[:-1]}", f"{own}A.{signature}"):
        assert list(admin.get("/recovery-plans", cursor=cursor).problems) == ["cursor"]


def test_path_parameters_are_decoded(admin: RestClient) -> None:
    refused = admin.get("/protection-groups/pg%20%C3%A4%2F1")
    assert refused.details == {"groupId": "pg ä/1"}


def test_an_answer_that_has_not_changed_is_not_sent_again(admin: RestClient, new_plan: Make) -> None:
    path = f"/recovery-plans/{new_plan()['planId']}"
    etag = admin.get(path).headers["Etag" if "Etag" in admin.get(path).headers else "ETag"]
    again = admin("GET", path, None, If_None_Match=etag)
    assert (again.status, again.body) == (304, None)


def test_errors_have_one_body(admin: RestClient, invoke: Callable[..., Answer]) -> None:
    by_rest = admin.get("/recovery-plans/plan-unknown")
    direct = invoke("query-handler", "get_recovery_plan", {"planId": "plan-unknown"})
    assert by_rest.body["error"] == direct.body["error"]
    for answer in (by_rest, direct):
        assert set(answer.body) == {"error", "requestId"}
        assert set(answer.body["error"]) == {"code", "message", "details", "retryable"}
        assert answer.body["requestId"]


def test_tables_that_do_not_answer_are_503_and_retryable(cloud: LocalCloud, admin: RestClient) -> None:
    with without_table(cloud, "region-status"):
        refused = admin.get("/drs/source-servers", accountId=EAST, region=REGION_OF[EAST])
    assert (refused.status, refused.error) == (503, "Unavailable")
    assert refused.body["error"]["retryable"] is True
    assert refused.headers["Retry-After"]


TIME_FILTERS = sorted(
    (name, field.encode_name)
    for name, operation in OPERATIONS.items()
    for field in msgspec.structs.fields(operation.request)
    if not operation.is_command and "datetime" in str(field.type)
)


def test_the_time_filters_are_known() -> None:
    assert {field for _, field in TIME_FILTERS} == {"changedAfter", "startedAfter", "startedBefore"}


@pytest.mark.parametrize("sign", ["+", "%2B", "%20"])
@pytest.mark.parametrize(("operation", "field"), TIME_FILTERS)
def test_a_time_filter_is_understood_with_an_unescaped_plus(
    admin: RestClient, new_plan: Make, operation: str, field: str, sign: str
) -> None:
    """``+`` in a query string means a blank, so that is how the sign of a time's offset arrives."""
    (route,) = [route for route in ROUTES if route.operation == operation]
    url = route.path.replace("{planId}", new_plan()["planId"]) if "{planId}" in route.path else route.path
    for time in ("2026-01-01T02:00:00", "2026-01-01T02:00:00.125", "2026-01-01%2002:00:00"):
        answer = admin("GET", f"{url}?{field}={time}{sign}02:00")
        # The list of the servers of an execution that does not exist shows that its filter was understood.
        assert (answer.status, answer.error) in {(200, ""), (404, "RecordNotFound")}, answer.body
        assert field != "pointInTime" or answer.body[field].startswith("2026-01-01T00:00:00")


def test_a_text_that_is_no_time_keeps_its_blanks(admin: RestClient) -> None:
    for text in ("2026-01-01 02:00", "soon 02:00", "2026-01-01T02:00:00 east"):
        refused = admin.get("/audit-logs", startedAfter=text)
        assert (refused.status, list(refused.problems)) == (400, ["startedAfter"])
