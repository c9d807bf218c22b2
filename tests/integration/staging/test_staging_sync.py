"""The sync of staging accounts: their servers are extended into two target accounts."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import SCHEDULE, InvocationMode
from chalicelib.management.estate import staging_sync
from chalicelib.operations.staging import StagingSync, TargetAccountId
from chalicelib.store.reads.estate.syncs import failures_of_last_sync
from chalicelib.store.tables.estate import RegionStatusItem
from chalicelib.store.writes.estate.syncs import begin_sync_of_account
from local.cloud import LocalCloud
from tests.integration.conftest import EAST, REGION_OF, WEST, Answer, RestClient
from tests.integration.staging.conftest import Staging
from tests.observed import MANAGEMENT, calls_of

Make = Callable[..., Any]


def test_every_server_is_extended_once_with_its_tags(staging: Staging, add: Make, extend: Make) -> None:
    add()
    staging.new_server("one", tags={"Tier": "web"})
    staging.new_server("two")
    _, item = extend()
    assert (item["extensible"], item["extended"], item["left"], item["refused"]) == (2, 2, 0, [])
    assert staging.extended_into()["one"]["tags"] == {"Tier": "web"}
    _, item = extend()
    assert (item["extensible"], item["extended"]) == (0, 0)
    assert len(staging.extended_into()) == 2


def test_a_server_with_the_default_key_is_named_with_the_remedy_and_stops_no_other(
    staging: Staging, add: Make, extend: Make
) -> None:
    add()
    staging.new_server("secret", uses_default_key=True)
    staging.new_server("open")
    answer, item = extend()
    assert answer["outcome"] in {"PARTIAL", "FAILED"}
    assert (item["extended"], set(staging.extended_into())) == (1, {"open"})
    (refused,) = item["refused"]
    assert refused["hostname"] == "secret"
    assert "ValidationException" in refused["reason"]
    assert "customer managed key" in refused["reason"]


def test_a_server_whose_answer_was_lost_counts_as_extended(
    staging: Staging, add: Make, extend: Make, fault: Make
) -> None:
    add()
    staging.new_server("lost")
    fault("DROPPED_CONNECTION", "CreateExtendedSourceServer")
    _, item = extend()
    assert (item["extended"], item["refused"]) == (1, [])
    assert set(staging.extended_into()) == {"lost"}


def test_a_throttled_extension_is_sent_again(staging: Staging, add: Make, extend: Make, fault: Make) -> None:
    add()
    staging.new_server("patient")
    fault("THROTTLE", "CreateExtendedSourceServer", times=2)
    _, item = extend()
    assert (item["extended"], item["refused"]) == (1, [])


def test_a_quota_stops_the_place_and_says_so(staging: Staging, add: Make, extend: Make, fault: Make) -> None:
    add()
    for number in range(3):
        staging.new_server(f"full-{number}")
    fault("QUOTA_EXCEEDED", "CreateExtendedSourceServer")
    _, item = extend()
    assert (item["extended"], len(item["refused"]), item["left"]) == (0, 1, 2)
    assert item["problem"].startswith("The others were not tried")


def test_a_denial_of_every_server_is_not_repeated_for_all(
    staging: Staging, add: Make, extend: Make, fault: Make
) -> None:
    add()
    for number in range(8):
        staging.new_server(f"denied-{number}")
    fault("ACCESS_DENIED", "CreateExtendedSourceServer")
    _, item = extend()
    assert (len(item["refused"]), item["left"]) == (5, 3)
    assert "staging-account.yaml" in item["problem"]


def test_without_access_to_the_staging_account_the_answer_says_what_to_deploy(
    staging: Staging, add: Make, extend: Make, fault: Make
) -> None:
    add()
    fault("ACCESS_DENIED", "ListExtensibleSourceServers")
    _, item = extend()
    assert item["problem"].startswith("ACCESS_DENIED: ")
    assert f"staging-account.yaml for target account {EAST}" in item["problem"]


def test_a_sync_without_time_leaves_the_rest_to_the_next(
    cloud: LocalCloud, staging: Staging, add: Make, extend: Make
) -> None:
    add()
    staging.new_server("later")
    result = run_with_seconds(cloud, 0)
    (item,) = (item for item in result.items if item.staging_account_id == staging.account_id)
    assert (item.extended, item.left) == (0, 1)
    assert item.problem == "1 server was not reached in time; the next sync goes on with them."
    _, after = extend()
    assert after["extended"] == 1


def run_with_seconds(cloud: LocalCloud, seconds: int) -> StagingSync:
    now = datetime.now(UTC)
    hub = Hub("aws", cloud.hub_account, "us-east-2")
    call = CallContext(
        "request", SCHEDULE, InvocationMode.EVENTBRIDGE, lambda: now, now + timedelta(seconds=seconds), hub
    )
    return staging_sync.sync_staging_accounts(TargetAccountId(account_id=EAST), call)


def test_the_schedule_extends_for_every_target_account_and_one_that_fails_stops_no_other(
    staging: Staging, add: Make, invoke: Callable[..., Answer], fault: Make
) -> None:
    add(EAST)
    add(WEST)
    staging.new_server("east", target=EAST)
    staging.new_server("west", target=WEST)
    fault("THROTTLE", "ListExtensibleSourceServers", account=WEST)
    result = invoke("data-management-handler", "handle_sync_staging_accounts").body
    assert (result["kind"], result["outcome"]) == ("staging-accounts", "PARTIAL")
    (failure,) = (text for place, text in result["failures"].items() if place == f"{WEST}/{REGION_OF[WEST]}")
    assert "THROTTLED" in failure
    assert staging.account_id in failure
    assert f"{EAST}/{REGION_OF[EAST]}" not in result["failures"]
    assert (set(staging.extended_into(EAST)), set(staging.extended_into(WEST))) == ({"east"}, set())


def test_a_staging_account_that_fails_stops_no_other_of_its_target_account(
    cloud: LocalCloud, admin: RestClient, staging: Staging, add: Make, extend: Make, fault: Make
) -> None:
    first = Staging(cloud, "100000000001")  # the first by number
    first.new_server("first")
    path = f"/accounts/targets/{EAST}/staging-accounts"
    admin("POST", path, {"stagingAccountId": first.account_id})
    add()
    staging.new_server("second")
    fault("ACCESS_DENIED", "ListExtensibleSourceServers", times=1)
    answer, item = extend()
    admin("DELETE", f"{path}/{first.account_id}")
    assert (answer["outcome"], item["extended"]) == ("PARTIAL", 1)
    assert (set(first.extended_into()), set(staging.extended_into())) == (set(), {"second"})


def test_a_full_target_account_is_not_asked_for_more(
    staging: Staging, add: Make, extend: Make, sync: Make, cloud: LocalCloud
) -> None:
    add()
    for number in range(3):
        staging.new_server(f"waits-{number}")
    sync()
    row = RegionStatusItem(account_id=EAST, region=REGION_OF[EAST])
    row.update([RegionStatusItem.server_count.set(3_999)])
    with calls_of(cloud, MANAGEMENT) as calls:
        _, item = extend()
    sync()
    assert (item["extended"], item["left"]) == (1, 2)
    assert [call.operation for call in calls].count("CreateExtendedSourceServer") == 1
    assert item["problem"].startswith("2 servers cannot be extended, because")


def test_the_schedule_runs_the_sync(cloud: LocalCloud) -> None:
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}, "time": "", "region": ""}
    event |= {"resources": [], "account": cloud.hub_account, "id": "1", "version": "0"}
    result = cloud.runtime.invoke("staging-sync", event)
    assert result.function_error is None
    assert (result.value["statusCode"], result.value["body"]["kind"]) == (200, "staging-accounts")


def test_target_accounts_without_staging_accounts_cost_no_call(
    cloud: LocalCloud, invoke: Callable[..., Answer]
) -> None:
    with calls_of(cloud, MANAGEMENT) as calls:
        result = invoke(MANAGEMENT, "handle_sync_staging_accounts").body
    assert result["outcome"] == "COMPLETED"
    assert {call.service for call in calls} == {"dynamodb"}


def test_a_sync_of_one_account_is_recorded_beside_those_of_all(
    admin: RestClient, staging: Staging, add: Make, extend: Make, fault: Make, invoke: Callable[..., Answer]
) -> None:
    add()
    staging.new_server("recorded")
    fault("ACCESS_DENIED", "CreateExtendedSourceServer", account=EAST)
    invoke("data-management-handler", "handle_sync_staging_accounts")
    failures = failures_of_last_sync("staging-accounts")
    answer, item = extend()
    newest = admin.get("/drs/syncs", kind="staging-accounts", limit=1).body["items"][0]
    assert (newest["accountId"], newest["outcome"]) == (EAST, answer["outcome"])
    assert newest["endedAt"] is not None
    assert item["refused"][0]["reason"] in newest["failures"][f"{EAST}/{REGION_OF[EAST]}"]
    assert failures_of_last_sync("staging-accounts") == failures, "what was known of other accounts stays known"
    shown = [run for run in admin.get("/drs/syncs").body["items"] if run["kind"] == "staging-accounts"]
    assert [run["accountId"] for run in shown] == [""]


def test_two_syncs_of_accounts_that_begin_at_the_same_moment_are_both_recorded(cloud: LocalCloud) -> None:
    now, kind = datetime.now(UTC), f"made-up-{uuid.uuid4()}"
    assert [begin_sync_of_account(kind, each, now) for each in (EAST, WEST)] == [True, False]
