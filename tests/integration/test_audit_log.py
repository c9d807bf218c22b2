"""The audit log: one entry for each call, its filters, masked secrets, and calls that cannot be recorded."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chalicelib.domain.access.audit import NOT_RECORDED, AuditEntry, request_digest
from chalicelib.domain.access.permissions import InvocationMode, Principal, PrincipalType, Verdict
from chalicelib.ids import new_entry_id
from chalicelib.store.audit import append_entry, close_entry
from chalicelib.store.paging import LOOKED_AT
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from tests.observed import REST, calls_of

from .conftest import EAST, REGION_OF, Answer, RestClient, audit_entries, request_id_of, without_table

Make = Callable[..., Any]


def test_each_call_leaves_one_entry(admin: RestClient, signed_in: Callable[[str], RestClient], new_name: Make) -> None:
    content = {"name": new_name(), "accountId": EAST, "region": REGION_OF[EAST], "tags": {"Audit": "me"}}
    calls = {
        "list_protection_groups": admin.get("/protection-groups"),
        "create_protection_group": admin("POST", "/protection-groups", content),
        "get_protection_group": admin.get("/protection-groups/pg-unknown"),
        "delete_protection_group": signed_in("DRSReadOnly")("DELETE", "/protection-groups/pg-unknown"),
        "update_protection_group": admin("PUT", "/protection-groups/pg-unknown", {"colour": "red"}),
    }
    assert [answer.status for answer in calls.values()] == [200, 201, 404, 403, 400]
    for operation, answer in calls.items():
        (entry,) = audit_entries(request_id_of(answer))
        assert (entry.operation, int(entry.status_code), entry.error_code) == (operation, answer.status, answer.error)
        assert entry.verdict["allowed"] is (answer.status != 403)
        assert entry.principal["verified"] is True
        assert entry.expires_at > entry.at.timestamp()


def test_an_entry_proves_which_request_was_sent(
    admin: RestClient, invoke: Callable[..., Answer], new_name: Make
) -> None:
    """Secrets and what was cut included, by REST and directly, in a batch, and of what cannot be read."""
    account: dict[str, Any] = {
        "accountId": "700000000003",
        "name": new_name(),
        "externalId": "0123456789abcdef",
        "regions": [],
    }
    settings: dict[str, Any] = {"outgoingHosts": {"hosts": [], "networks": []}}
    document = {"schemaVersion": 1, "settings": settings}
    imported = admin("POST", "/config/import", {"document": document, "dryRun": True})
    unread = b'{"name": "half of'
    sent: dict[str, Any] = {
        request_id_of(admin("POST", "/accounts/targets", {**account, "colour": "red"})): {**account, "colour": "red"},
        request_id_of(admin.get("/recovery-plans/plan-unknown")): {"planId": "plan-unknown"},
        request_id_of(imported): {"document": document, "dryRun": True},
        request_id_of(admin("POST", "/recovery-plans", unread)): unread,
        invoke("query-handler", "get_recovery_plan", {"planId": "x" * 9_000}).body["requestId"]: {
            "planId": "x" * 9_000
        },
        invoke("query-handler", "get_recovery_plan", {"planId": "\udead"}).body["requestId"]: {
            "operation": "get_recovery_plan",
            "body": {"planId": "\udead"},
        },
    }
    for request_id, request in sent.items():
        (entry,) = audit_entries(request_id)
        assert entry.request_sha256 == request_digest(request), request


def test_each_change_of_an_import_proves_what_it_was(admin: RestClient, new_name: Make) -> None:
    group = {"name": new_name(), "accountId": EAST, "region": REGION_OF[EAST], "tags": {"Nobody": "has this"}}
    answer = admin("POST", "/config/import", {"document": {"schemaVersion": 1, "groups": [group]}})
    entries = {entry.operation: entry for entry in audit_entries(request_id_of(answer))}
    assert set(entries) == {"import_configuration", "create_protection_group"}
    digests = {entry.request_sha256 for entry in entries.values()}
    assert [len(digest) for digest in digests] == [64, 64]


def test_the_audit_log_is_read_by_principal_mode_and_day(
    admin: RestClient, invoke: Callable[..., Answer], new_name: Make
) -> None:
    name = new_name()
    for _ in range(3):
        invoke("query-handler", "health", principal={"name": name})
    mine = list(admin.all_items("/audit-logs", principal=name, limit=2))
    assert [entry["operation"] for entry in mine] == ["health"] * 3
    assert [entry["at"] for entry in mine] == sorted((entry["at"] for entry in mine), reverse=True)
    assert mine[0]["principal"] == {
        "type": "IAM",
        "name": name,
        "email": "",
        "groups": [],
        "verified": False,
        "subject": "",
    }
    for choice in ({"invocationMode": "DIRECT_LAMBDA"}, {"day": mine[0]["at"][:10]}, {}):
        first = admin.get("/audit-logs", limit=100, **choice).body["items"]
        assert [entry["at"] for entry in first] == sorted((entry["at"] for entry in first), reverse=True)
        assert first
    later = admin.get("/audit-logs", principal=name, startedAfter="2100-01-01T00:00:00Z")
    assert later.body["items"] == []


def test_a_time_selects_entries_of_a_day_with_one_query(admin: RestClient, cloud: LocalCloud) -> None:
    for _ in range(3):
        admin.get("/health")
    day = admin.get("/audit-logs", limit=1).body["items"][0]["at"]
    queries: list[AwsCall] = []

    def note(call: AwsCall, _: str | None) -> None:
        if call.operation == "Query" and "audit-logs" in call.params["TableName"]:
            queries.append(call)

    stop = cloud.front.observe(note)
    try:
        none = admin.get("/audit-logs", day=day[:10], startedBefore="2026-01-01T00:00:00Z")
        later = admin.get("/audit-logs", day=day[:10], startedAfter=day)
        both = admin.get("/audit-logs", day=day[:10], startedAfter=day, startedBefore=day)
    finally:
        stop()
    assert (none.body["items"], len(queries)) == ([], 3)
    assert later.body["items"]
    assert all(entry["at"] >= day for entry in later.body["items"])
    assert day in [entry["at"] for entry in both.body["items"]]


def test_who_touched_a_plan_is_one_question(
    admin: RestClient, signed_in: Callable[[str], RestClient], new_plan: Make
) -> None:
    plan_id = new_plan()["planId"]
    path = f"/recovery-plans/{plan_id}"
    admin.get(path)
    refused, deleted = signed_in("DRSReadOnly")("DELETE", path), admin("DELETE", path)
    assert (refused.status, deleted.status) == (403, 200)

    def ask(**filters: str) -> list[tuple[str, int]]:
        found = admin.all_items("/audit-logs", resourceId=plan_id, limit=2, **filters)
        return [(entry["operation"], entry["statusCode"]) for entry in found]

    reading, failed, done = ("get_recovery_plan", 200), ("delete_recovery_plan", 403), ("delete_recovery_plan", 200)
    assert ask() == [done, failed, reading]
    assert ask(verdict="REFUSED") == [failed]
    assert ask(verdict="ALLOWED") == [done, reading]
    assert ask(operation="delete_recovery_plan", verdict="ALLOWED") == [done]
    assert ask(invocationMode="DIRECT_LAMBDA") == []
    (entry,) = admin.all_items("/audit-logs", requestId=request_id_of(refused))
    assert (entry["resourceIds"], entry["verdict"]["allowed"]) == ([f"planId={plan_id}"], False)
    today = entry["at"][:10]
    assert ask(day=today) == [done, failed, reading]
    assert ask(day="2026-01-01") == ask(startedAfter="2100-01-01T00:00:00Z") == []
    assert ask(day=today, startedBefore="2026-01-01T00:00:00Z") == []


def test_every_call_that_mentions_an_id_is_found_among_those_of_a_day_a_person_or_a_mode(
    admin: RestClient, invoke: Callable[..., Answer], new_group: Make, new_servers: Make, new_name: Make
) -> None:
    server_id, other = new_servers(2)
    group = new_group(sourceServerIds=[server_id, other])
    path = f"/protection-groups/{group['groupId']}"
    assert admin("PUT", f"{path}/servers/{server_id}/launch-settings", {"version": 0, "settings": {}}).status < 500
    for each in (server_id, other):
        invoke("query-handler", "get_server_status", {"serverId": each}, principal={"name": new_name()})

    def ask(wanted: str, **filters: str) -> list[str]:
        return [entry["operation"] for entry in admin.all_items("/audit-logs", mentions=wanted, **filters)]

    assert ask(server_id) == ["get_server_status", "update_server_launch_settings", "create_protection_group"]
    assert ask(other) == ["get_server_status", "create_protection_group"]
    assert ask(other, resourceId=other) == ["get_server_status"]
    assert ask(server_id, invocationMode="DIRECT_LAMBDA") == ["get_server_status"]
    assert ask(server_id, operation="create_protection_group", verdict="ALLOWED") == ["create_protection_group"]
    assert ask(server_id, day="2026-01-01") == ask(server_id, principal="nobody") == ask(server_id[:-1]) == []
    assert ask(group["groupId"]) == ["update_server_launch_settings"]


FILTERS = {
    "resourceId": "plan-unknown",
    "verdict": "REFUSED",
    "operation": "delete_recovery_plan",
    "principal": "nobody",
    "invocationMode": "API_GATEWAY",
    "day": "2026-01-01",
}


@pytest.mark.parametrize("more", [{}, {"mentions": "s-1111111111111111a"}])
@pytest.mark.parametrize("left_out", [[], ["resourceId"], ["resourceId", "verdict"], list(FILTERS)[:3]])
def test_filters_cost_at_most_two_calls_and_look_at_a_bounded_number_of_entries(
    admin: RestClient, cloud: LocalCloud, left_out: list[str], more: dict[str, str]
) -> None:
    filters = {name: each for name, each in FILTERS.items() if name not in left_out}
    with calls_of(cloud, REST) as calls:
        found = admin.get("/audit-logs", **filters, **more)
    assert (found.status, found.body["items"]) == (200, [])
    reads = [call for call in calls if call.service == "dynamodb" and call.operation != "PutItem"]
    assert 1 <= len(reads) <= 2
    assert all(call.params.get("Limit", 0) <= LOOKED_AT for call in reads)


def test_entries_that_two_filters_select_are_found_page_by_page(
    admin: RestClient, invoke: Make, new_name: Make
) -> None:
    name = new_name()
    for operation in ("health", "get_user", "health", "list_executions", "health"):
        invoke("query-handler", operation, principal={"name": name})
    both = list(admin.all_items("/audit-logs", principal=name, operation="health", limit=1))
    assert [(entry["operation"], entry["principal"]["name"]) for entry in both] == [("health", name)] * 3
    assert len({entry["entryId"] for entry in both}) == 3


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"operation": "fly"}, "operation"),
        ({"verdict": "PERHAPS"}, "verdict"),
        ({"invocationMode": "CARRIER_PIGEON"}, "invocationMode"),
        ({"day": "yesterday"}, "day"),
        ({"startedAfter": "soon"}, "startedAfter"),
        ({"startedAfter": "2026-01-02T00:00:00Z", "startedBefore": "2026-01-01T00:00:00Z"}, "startedBefore"),
    ],
)
def test_the_filters_of_the_audit_log_are_checked(admin: RestClient, parameters: dict[str, str], field: str) -> None:
    assert list(admin.get("/audit-logs", **parameters).problems) == [field]


def test_secrets_in_a_request_do_not_reach_the_audit_log(admin: RestClient, invoke: Callable[..., Answer]) -> None:
    body = {
        "planId": "plan-1",
        "externalId": "hush-1",
        "nested": {"apiToken": "hush-2", "list": [{"password": "hush-3"}]},
    }
    answer = invoke("query-handler", "get_recovery_plan", body)
    (entry,) = audit_entries(answer.body["requestId"])
    assert "hush" not in entry.parameters
    assert "***" in entry.parameters
    assert entry.resource_ids == "planId=plan-1"


def test_a_command_that_cannot_be_audited_is_not_carried_out(
    cloud: LocalCloud, admin: RestClient, new_plan: Make
) -> None:
    path = f"/recovery-plans/{new_plan()['planId']}"
    with without_table(cloud, "audit-logs"):
        refused = admin("DELETE", path)
        read = admin.get(path)
    assert (refused.status, refused.error) == (503, "Unavailable")
    assert "nothing was done" in refused.body["error"]["message"]
    assert read.status == 200
    assert admin("DELETE", path).status == 200


@pytest.mark.parametrize(
    "wrong",
    [{"parameters": "x" * 500_000}, {"source_ip": "\ud800"}, {"principal": Principal(PrincipalType.IAM, "n" * 3_000)}],
)
def test_an_entry_that_the_table_refuses_is_written_without_what_was_sent(
    cloud: LocalCloud, wrong: dict[str, Any]
) -> None:
    """The guard refuses such input; should it miss some, the call is recorded all the same."""
    entry = msgspec.structs.replace(an_entry(), **wrong)
    append_entry(entry)
    close_entry(msgspec.structs.replace(entry, status_code=400))
    (written,) = audit_entries(entry.request_id)
    assert (written.operation, int(written.status_code), written.entry_id) == ("health", 400, entry.entry_id)
    assert written.parameters == written.principal_name == NOT_RECORDED


def an_entry() -> AuditEntry:
    return AuditEntry(
        entry_id=new_entry_id(),
        at=datetime.now(UTC),
        invocation_mode=InvocationMode.DIRECT_LAMBDA,
        principal=Principal(PrincipalType.IAM, "me"),
        operation="health",
        side="query",
        permission="public",
        verdict=Verdict(True, "It is public."),
        request_id=str(uuid.uuid4()),
        source_ip="",
        parameters="{}",
    )
