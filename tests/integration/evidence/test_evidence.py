"""The evidence: what happens to the audit log and to timelines is sealed, and a change by hand is found."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.domain.access.context import Hub
from chalicelib.domain.access.evidence import Link, decode
from chalicelib.management.access.sealing import seal
from chalicelib.store.tables.audit import AuditEntryItem
from chalicelib.store.tables.runs import ExecutionEventItem
from local.cloud import LocalCloud
from local.invocation import IDENTITY_HEADER
from tests.integration.conftest import Answer, RestClient
from tests.integration.evidence.conftest import batch_of, overwrite, written
from tests.waiting import eventually

Make = Callable[..., Any]


def links_of(cloud: LocalCloud, bucket: str, chain: str) -> list[Link]:
    s3 = cloud.client("s3")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{chain}/").get("Contents", [])
    return [link for entry in listed if (link := decode(object_at(cloud, bucket, entry["Key"])))]


def object_at(cloud: LocalCloud, bucket: str, key: str) -> bytes:
    stored: bytes = cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return stored


def test_a_day_is_sealed_and_verified(cloud: LocalCloud, day: str, verify: Callable[..., Any], bucket: str) -> None:
    entries = written(day, 3)
    cloud.streams.deliver_now(batch=2)
    links = links_of(cloud, bucket, f"audit/{day}")
    assert [link.number for link in links] == list(range(1, len(links) + 1))
    assert [change.item for link in links for change in link.changes] == [
        entry.entry_id for entry in entries for _ in ("opened", "closed")
    ]
    whole = verify(day=day)
    assert (whole["links"], whole["changes"], whole["firstBreak"], whole["nextAfterLink"]) == (
        len(links),
        6,
        None,
        None,
    )
    first = verify(day=day, limit=1)
    assert (first["links"], first["nextAfterLink"]) == (1, 1)
    rest = verify(day=day, afterLink=first["nextAfterLink"])
    assert (rest["links"], rest["lastHash"], rest["firstBreak"]) == (len(links) - 1, whole["lastHash"], None)


def _remove(item: AuditEntryItem) -> None:
    item.delete()


def _expire(item: AuditEntryItem) -> None:
    item.expires_at = 1
    item.save()


@pytest.mark.parametrize(
    ("tamper", "problem"),
    [
        (overwrite, "was changed after it had been written (status_code)"),
        (_remove, "was removed from the table"),
        (_expire, "was changed after it had been written (expires_at)"),
    ],
)
def test_an_entry_that_is_changed_by_hand_is_named(
    cloud: LocalCloud, day: str, verify: Callable[..., Any], tamper: Callable[[AuditEntryItem], None], problem: str
) -> None:
    _, entry, _ = written(day, 3)
    cloud.streams.deliver_now()
    tamper(AuditEntryItem.get(day, entry.entry_id))
    # Before the stream reports it, the table differs from what is sealed; afterwards the change itself is sealed.
    before = verify(day=day)["firstBreak"]
    assert (before["link"], before["item"]) == (1, entry.entry_id)
    cloud.streams.deliver_now()
    assert verify(day=day, afterLink=1)["firstBreak"] == {"link": 2, "item": entry.entry_id, "problem": problem}


def test_a_change_that_is_taken_back_is_found_too(cloud: LocalCloud, day: str, verify: Callable[..., Any]) -> None:
    """Between entry and seal an attacker may change what is written, but the stream has reported both already."""
    (entry,) = written(day)
    item = AuditEntryItem.get(day, entry.entry_id)
    overwrite(item)
    item.status_code = 200
    item.save()
    cloud.streams.deliver_now()
    found = verify(day=day)["firstBreak"]
    assert found == {
        "link": 1,
        "item": entry.entry_id,
        "problem": "was changed after it had been written (status_code)",
    }


def test_a_day_without_evidence_and_a_missing_link_are_named(
    cloud: LocalCloud, verify: Callable[..., Any], admin: RestClient, bucket: str
) -> None:
    past = "2026-02-03"
    written(past)
    assert verify(day=past)["firstBreak"]["problem"] == "has no evidence although the table has entries"
    cloud.streams.deliver_now()
    whole = verify(day=past)
    assert whole["firstBreak"] is None
    cloud.client("s3").put_object(
        Bucket=bucket, Key=f"audit/{past}/{whole['lastLink'] + 2:08}.json", Body=b"{}", ChecksumAlgorithm="SHA256"
    )
    found = verify(day=past)["firstBreak"]
    assert (found["link"], found["problem"]) == (2, "is missing; the next one is link 3")
    assert admin.get("/audit-logs/verify", day=past, afterLink=2).status == 404


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"day": "2026-02-30"}, "day"),
        ({"day": "2026-02-03", "executionId": "exec-1"}, "executionId"),
        ({"afterLink": "-1"}, "afterLink"),
    ],
)
def test_parameters_are_checked(admin: RestClient, parameters: dict[str, str], field: str) -> None:
    assert list(admin.get("/audit-logs/verify", **parameters).problems) == [field]


# --- nothing is lost, and nothing twice ---


def test_a_batch_that_is_delivered_again_makes_no_other_object(
    cloud: LocalCloud, day: str, bucket: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.streams.deliver_now()
    written(day)
    batch = batch_of(cloud, monkeypatch)
    assert seal(batch, hub) == seal(batch, hub) > 0
    assert len(links_of(cloud, bucket, f"audit/{day}")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("service", "operation"), [("s3", "PutObject"), ("dynamodb", "UpdateItem")])
def test_a_function_that_dies_at_its_write_loses_nothing(
    cloud: LocalCloud, day: str, verify: Callable[..., Any], service: str, operation: str, when: str
) -> None:
    cloud.streams.deliver_now()
    written(day)
    cloud.runtime.crash_next("evidence-writer", service=service, operation=operation, when=when)
    with pytest.raises(RuntimeError, match="did not take a batch"):
        cloud.streams.deliver_now()
    cloud.streams.deliver_now()
    assert (verify(day=day)["links"], verify(day=day)["changes"]) == (1, 2)


def test_writers_side_by_side_make_one_chain(
    cloud: LocalCloud, day: str, verify: Callable[..., Any], hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.streams.deliver_now()
    written(day, 6)
    batch = [each for each in batch_of(cloud, monkeypatch) if each["dynamodb"]["Keys"].get("audit_day") == {"S": day}]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda start: seal(batch[start : start + 2], hub), range(0, 12, 2)))
    whole = verify(day=day)
    assert (whole["links"], whole["changes"], whole["firstBreak"]) == (6, 12, None)


# --- timelines ---


def test_a_timeline_is_sealed_and_a_changed_event_is_named(
    cloud: LocalCloud, started: str, verify: Callable[..., Any]
) -> None:
    execution_id = started
    cloud.streams.deliver_now()
    whole = verify(executionId=execution_id)
    assert whole["chain"] == f"timeline/{execution_id}"
    assert whole["changes"] > 0
    assert whole["firstBreak"] is None
    event = next(iter(ExecutionEventItem.query(execution_id)))
    event.update([ExecutionEventItem.message.set("Nothing happened.")])
    found = verify(executionId=execution_id)["firstBreak"]
    assert (found["item"], found["problem"]) == (event.event_id, "differs in the table from what was sealed (message)")
    event.delete()
    cloud.streams.deliver_now()
    later = verify(executionId=execution_id, afterLink=whole["lastLink"])["firstBreak"]
    assert later["item"] == event.event_id


@pytest.fixture
def started(admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make) -> str:
    """An execution that waits for an approval."""
    group = new_group(sourceServerIds=new_servers(state="CONTINUOUS"))["groupId"]
    wave = {"number": 1, "name": "All", "protectionGroupIds": [group], "approvalRequired": True}
    path = f"/recovery-plans/{new_plan([group], waves=[wave])['planId']}/execute"

    def start() -> str:
        answer = admin("POST", path, {"mode": "DRILL"})
        return str(answer.body["execution"]["executionId"]) if answer.status == 202 else ""

    return str(eventually(start))


# --- who may do what ---


def test_only_those_who_see_the_audit_log_may_verify_it(signed_in: Callable[[str], RestClient]) -> None:
    assert signed_in("DRSAuditor").get("/audit-logs/verify").status == 200
    assert signed_in("DRSRecoveryManager").get("/audit-logs/verify").status == 403


@pytest.fixture
def as_function(cloud: LocalCloud) -> Callable[[str, str], Any]:
    """A client with the packaged rights of a function."""

    def make(function: str, service: str) -> Any:
        session: Any = boto3.session.Session()
        client = session.client(service, region_name=cloud.hub_region, endpoint_url=cloud.endpoint)
        client.meta.events.register(
            "before-call", lambda params, **_: params["headers"].update({IDENTITY_HEADER: function})
        )
        return client

    return make


@pytest.mark.parametrize(
    "function", ["evidence-writer", "api_handler", "query-handler", "execution-handler", "data-management-handler"]
)
def test_no_function_mayoverwrite_or_remove_evidence(
    cloud: LocalCloud, day: str, bucket: str, as_function: Callable[[str, str], Any], function: str
) -> None:
    written(day)
    cloud.streams.deliver_now()
    key = f"audit/{day}/00000001.json"
    s3 = as_function(function, "s3")
    (version,) = cloud.client("s3").list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    attempts: list[Callable[[], Any]] = [
        lambda: s3.delete_object(Bucket=bucket, Key=key),
        lambda: s3.delete_object(
            Bucket=bucket, Key=key, VersionId=version["VersionId"], BypassGovernanceRetention=True
        ),
        lambda: s3.put_object_retention(
            Bucket=bucket,
            Key=key,
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": datetime(2027, 1, 1, tzinfo=UTC)},
        ),
        lambda: s3.put_object(Bucket=bucket, Key="elsewhere.json", Body=b""),
        lambda: s3.delete_bucket(Bucket=bucket),
    ]
    for attempt in attempts:
        with pytest.raises(ClientError, match="AccessDenied"):
            attempt()
    assert json.loads(object_at(cloud, bucket, key))["number"] == 1


@pytest.mark.parametrize(
    "function", ["evidence-writer", "api_handler", "query-handler", "execution-handler", "data-management-handler"]
)
def test_no_function_may_change_remove_or_expire_an_audit_entry(
    cloud: LocalCloud, day: str, as_function: Callable[[str, str], Any], function: str
) -> None:
    (entry,) = written(day)
    table = AuditEntryItem.Meta.table_name
    key = {"audit_day": {"S": day}, "entry_id": {"S": entry.entry_id}}
    dynamodb = as_function(function, "dynamodb")
    expire = {"UpdateExpression": "SET expires_at = :x", "ExpressionAttributeValues": {":x": {"N": "1"}}}
    attempts: list[Callable[[], Any]] = [
        lambda: dynamodb.delete_item(TableName=table, Key=key),
        lambda: dynamodb.update_item(TableName=table, Key=key, **expire),
        lambda: dynamodb.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": key}}]}),
        lambda: dynamodb.transact_write_items(TransactItems=[{"Update": {"TableName": table, "Key": key, **expire}}]),
        lambda: dynamodb.execute_statement(Statement=f"DELETE FROM \"{table}\" WHERE audit_day = '{day}'"),
        lambda: dynamodb.update_time_to_live(
            TableName=table, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires_at"}
        ),
        lambda: dynamodb.delete_table(TableName=table),
    ]
    for attempt in attempts:
        with pytest.raises(ClientError, match="AccessDenied"):
            attempt()


def test_a_direct_call_verifies_as_well(invoke: Callable[..., Answer]) -> None:
    assert invoke("query-handler", "verify_audit_log", {}).status == 200
