"""For whom a command acts: only for the person whose token it carries, whatever the REST function says."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.aws.reads.access import pool_keys
from chalicelib.store.tables.audit import AuditEntryItem
from local.cloud import LocalCloud

from .conftest import EAST, Answer, RestClient, audit_entries, request_id_of

HANDLER = "data-management-handler"
PLAN = {"name": "x", "waves": []}


def through_rest(cloud: LocalCloud, **event: Any) -> Any:
    """The result of an invocation as the REST function makes it."""
    sent = {"operation": "create_recovery_plan", "body": PLAN, "request_id": "req-1", **event}
    return cloud.runtime.invoke(HANDLER, sent, arn=cloud.runtime.arn(HANDLER, qualifier="rest"))


def claims_of(token: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return read


def with_claims(token: str, **changes: Any) -> str:
    """The token with other claims and the old signature."""
    head, _, signature = token.split(".")
    text = base64.urlsafe_b64encode(json.dumps({**claims_of(token), **changes}).encode()).decode().rstrip("=")
    return f"{head}.{text}.{signature}"


def newest_entry(request_id: str) -> AuditEntryItem:
    (entry, *_) = sorted(audit_entries(request_id), key=lambda item: item.entry_id, reverse=True)
    return entry


@pytest.mark.parametrize("claimed", [{"token": None}, {"token": ""}, {"token": 5}, {"token": "a.b.c"}, {}])
def test_the_rest_function_cannot_speak_for_a_person_without_a_token(cloud: LocalCloud, claimed: Any) -> None:
    answer = through_rest(cloud, **claimed).value
    assert (answer["statusCode"], answer["body"]["error"]["code"]) == (401, "NotSignedIn")
    entry = newest_entry("req-1")
    assert (entry.invocation_mode, entry.principal_name, entry.verdict["allowed"]) == (
        "API_GATEWAY",
        "anonymous",
        False,
    )


def test_a_principal_that_the_rest_function_names_is_refused(cloud: LocalCloud) -> None:
    chief = {"type": "USER", "name": "chief", "groups": ["DRSOrchestrationAdmin"], "verified": True, "subject": "1"}
    answer = through_rest(cloud, token=cloud.sign_in("DRSReadOnly"), principal=chief).value
    assert (answer["statusCode"], answer["body"]["error"]["code"]) == (403, "NotPermitted")
    assert newest_entry("req-1").principal_name == "read-only@example.com"


@pytest.mark.parametrize("changes", [{"cognito:groups": ["DRSOrchestrationAdmin"]}, {"sub": "another"}, {"exp": 2**40}])
def test_a_token_whose_claims_were_changed_is_refused(cloud: LocalCloud, changes: dict[str, Any]) -> None:
    forged = with_claims(cloud.sign_in("DRSReadOnly"), **changes)
    assert through_rest(cloud, token=forged).value["statusCode"] == 401


def test_groups_are_those_of_the_verified_token(cloud: LocalCloud) -> None:
    allowed = through_rest(cloud, token=cloud.sign_in("DRSPlanManager")).value
    refused = through_rest(cloud, token=cloud.sign_in("DRSReadOnly")).value
    assert (allowed["statusCode"], refused["statusCode"]) == (400, 403)


def test_a_command_is_recorded_with_the_subject_of_its_person(cloud: LocalCloud) -> None:
    token = cloud.sign_in("DRSPlanManager")
    answer = RestClient(cloud.api_url, token)("POST", "/recovery-plans", PLAN)
    (entry,) = audit_entries(request_id_of(answer))
    assert entry.principal["subject"] == claims_of(token)["sub"]
    assert (entry.principal["name"], entry.principal["verified"]) == ("plan-manager@example.com", True)
    read = RestClient(cloud.api_url, token).get("/recovery-plans")
    (entry,) = audit_entries(request_id_of(read))
    assert entry.principal["subject"] == claims_of(token)["sub"]


def test_a_group_is_recorded_with_the_subjects_of_those_who_saved_it(
    cloud: LocalCloud, new_group: Callable[..., Any], new_name: Callable[[], str]
) -> None:
    group, planner = new_group(), cloud.sign_in("DRSPlanManager")
    assert group["createdBySubject"] == claims_of(cloud.sign_in("DRSOrchestrationAdmin"))["sub"]
    chosen = {"sourceServerIds": group["sourceServerIds"], "version": group["version"], "name": new_name()}
    saved = RestClient(cloud.api_url, planner)("PUT", f"/protection-groups/{group['groupId']}", chosen).body
    assert saved["createdBySubject"] == group["createdBySubject"]
    assert saved["updatedBySubject"] == claims_of(planner)["sub"]


@pytest.mark.parametrize("event", [{}, {"extra": 1}, {"operation": "fly"}, {"body": 5}, {"request_id": None}])
def test_the_token_is_in_no_answer_audit_entry_or_log(
    cloud: LocalCloud, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], event: dict[str, Any]
) -> None:
    token = cloud.sign_in("DRSPlanManager")
    result = through_rest(cloud, token=token, **event)
    written = [item.serialize() for item in AuditEntryItem.scan()]
    seen = capsys.readouterr()
    for part in token.split("."):
        assert part not in str(result.value) + json.dumps(written) + caplog.text + seen.out + seen.err


def test_a_direct_call_with_a_token_of_a_user_is_refused(cloud: LocalCloud, invoke: Callable[..., Answer]) -> None:
    refused = invoke(HANDLER, "create_recovery_plan", PLAN, token=cloud.sign_in("DRSOrchestrationAdmin"))
    assert "token" in refused.problems


def test_a_token_other_than_the_verified_one_counts_as_none(cloud: LocalCloud) -> None:
    """As if a header were added behind the authorizer."""
    verified, other = (claims_of(cloud.sign_in(role)) for role in ("DRSReadOnly", "DRSOrchestrationAdmin"))
    event = {
        "resource": "/recovery-plans",
        "path": "/recovery-plans",
        "httpMethod": "GET",
        "headers": {"Authorization": with_claims(cloud.sign_in("DRSReadOnly"), **other)},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/recovery-plans",
            "httpMethod": "GET",
            "requestId": "req-2",
            "identity": {"sourceIp": "192.0.2.1"},
            "authorizer": {"claims": verified},
        },
        "body": None,
        "isBase64Encoded": False,
    }
    answer = cloud.runtime.invoke("api_handler", event).value
    assert answer["statusCode"] == 401


def test_without_the_keys_of_the_pool_a_command_is_503_and_a_read_is_answered(
    cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = RestClient(cloud.api_url, cloud.sign_in("DRSPlanManager"))
    monkeypatch.setattr(pool_keys, "_kept", {})
    monkeypatch.setattr(pool_keys, "read_keys", lambda _: (_ for _ in ()).throw(ValueError))
    refused = client("POST", "/recovery-plans", PLAN)
    assert (refused.status, refused.error) == (503, "Unavailable")
    assert "cannot be fetched" in refused.body["error"]["message"]
    assert refused.headers["Retry-After"]
    assert client.get("/recovery-plans").status == 200
    monkeypatch.undo()
    assert client("POST", "/recovery-plans", PLAN).status == 400


@pytest.mark.parametrize("path", ["/config/outgoing-hosts", "/config/tag-sync", "/config/launch-defaults"])
def test_a_setting_names_the_person_who_changed_it(admin: RestClient, invoke: Callable[..., Answer], path: str) -> None:
    assert admin.token
    content: dict[str, Any] = {"settings": {}} if path.endswith("launch-defaults") else {}
    operation = {"tag-sync": "update_tag_sync_settings", "outgoing-hosts": "update_outgoing_hosts"}
    name = operation.get(path.rpartition("/")[2], "update_launch_defaults")
    saved = admin("PUT", path, {**content, "version": admin.get(path).body["version"]}).body
    assert saved["updatedBySubject"] == claims_of(admin.token)["sub"]
    assert admin.get(path).body == saved
    direct = invoke(HANDLER, name, {**content, "version": saved["version"]}, principal={"name": saved["updatedBy"]})
    assert direct.status == 200
    shown = admin.get(path).body
    assert (shown["updatedBy"], shown["updatedBySubject"]) == (saved["updatedBy"], "")


def test_launch_settings_of_a_server_name_the_person_who_changed_them(
    admin: RestClient, invoke: Callable[..., Answer], new_group: Callable[..., Any], sync: Callable[..., Any]
) -> None:
    assert admin.token
    group = new_group()
    sync()
    (server,) = group["sourceServerIds"]
    path = f"/protection-groups/{group['groupId']}"
    content = {"settings": {"copyTags": True}}
    saved = admin("PUT", f"{path}/servers/{server}/launch-settings", {**content, "version": 0})
    assert (saved.status, saved.body["updatedBySubject"]) == (200, claims_of(admin.token)["sub"])
    ids = {"groupId": group["groupId"], "serverId": server}
    again = {**ids, **content, "version": 1}
    direct = invoke(HANDLER, "update_server_launch_settings", again, principal={"name": "Ada"})
    assert direct.status == 200
    (shown,) = admin.get(f"{path}/launch-settings").body["items"]
    assert (shown["updatedBy"], shown["updatedBySubject"]) == ("Ada", "")


def test_a_staging_account_names_the_person_who_added_it(admin: RestClient) -> None:
    assert admin.token
    path = f"/accounts/targets/{EAST}/staging-accounts"
    added = admin("POST", path, {"stagingAccountId": "999900001111"})
    assert (added.status, added.body["addedBySubject"]) == (201, claims_of(admin.token)["sub"])
    assert admin("DELETE", f"{path}/999900001111").status == 200
