"""Staging accounts over two target accounts: added, validated, discovered, synced, and counted."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.access.context import CallContext, Hub
from chalicelib.domain.access.permissions import SCHEDULE, InvocationMode
from chalicelib.domain.estate.accounts import TargetAccount
from chalicelib.management.estate import staging_sync
from chalicelib.operations.staging import StagingSync, TargetAccountId
from chalicelib.store.tables.configuration import ACCOUNTS, UniqueNameItem
from chalicelib.store.tables.estate import RegionStatusItem, TargetAccountItem
from chalicelib.store.writes.estate.accounts import put_account
from local.cloud import LocalCloud
from local.identities import Role

from .conftest import EAST, REGION_OF, WEST, Answer, RestClient

Make = Callable[..., Any]
_numbers = itertools.count(444_400_000_001)


class Staging:
    """A staging account of both target accounts that no other test uses."""

    def __init__(self, cloud: LocalCloud, account_id: str) -> None:
        self._cloud, self.account_id = cloud, account_id
        for region in REGION_OF.values():
            cloud.emulator.initialize(account_id, region)

    def new_server(self, hostname: str, *, target: str = EAST, **more: Any) -> str:
        return self._cloud.emulator.add_source_server(
            self.account_id, REGION_OF[target], hostname=hostname, replication_state="DISCONNECTED", **more
        )

    def extended_into(self, target: str = EAST) -> dict[str, dict[str, Any]]:
        """The target account's extended source servers from here, by hostname, as DRS shows them."""
        drs = self._cloud.client("drs", account=target, region=REGION_OF[target])
        pages = drs.get_paginator("describe_source_servers").paginate(filters={"stagingAccountIDs": [self.account_id]})
        items = [item for page in pages for item in page["items"]]
        return {item["sourceProperties"]["identificationHints"]["hostname"]: item for item in items}


@pytest.fixture
def staging(cloud: LocalCloud, admin: RestClient) -> Iterator[Staging]:
    made = Staging(cloud, str(next(_numbers)))
    yield made
    for target in (EAST, WEST):
        admin("DELETE", f"/accounts/targets/{target}/staging-accounts/{made.account_id}")


@pytest.fixture
def add(admin: RestClient, staging: Staging) -> Callable[..., Answer]:
    """Adds the staging account to a target account."""

    def add(target: str = EAST, **more: Any) -> Answer:
        body = {"stagingAccountId": staging.account_id, **more}
        return admin("POST", f"/accounts/targets/{target}/staging-accounts", body)

    return add


@pytest.fixture
def extend(admin: RestClient, staging: Staging) -> Callable[[], tuple[Any, Any]]:
    """Syncs the staging accounts of EAST; returns the answer, and the result for this staging account."""

    def run() -> tuple[Any, Any]:
        answer = admin("POST", f"/accounts/targets/{EAST}/staging-accounts/sync")
        assert answer.status == 200, answer.body
        (item,) = (item for item in answer.body["items"] if item["stagingAccountId"] == staging.account_id)
        return answer.body, item

    return run


@pytest.fixture
def fault(cloud: LocalCloud) -> Iterator[Make]:
    """Makes an operation of DRS fail in an account until the test is over."""
    made: list[str] = []

    def add(kind: str, operation: str, account: str = EAST, **more: Any) -> None:
        made.append(
            cloud.emulator.add_fault({"kind": kind, "match": {"account": account, "operation": operation}, **more})
        )

    yield add
    for fault_id in made:
        cloud.emulator.remove_fault(fault_id)


@pytest.fixture
def registered(cloud: LocalCloud, staging: Staging) -> Iterator[None]:
    """The staging account is registered as a target account too, so that its servers can be read."""
    arn, external_id = f"arn:aws:iam::{staging.account_id}:role/aws-drs-orchestration-read", "a-secret-of-the-account"
    template = cloud.identities.role(cloud.world.accounts[0].read_role_arn)
    hub = {"AWS": f"arn:aws:iam::{cloud.hub_account}:root"}
    trust = {"Effect": "Allow", "Principal": hub, "Action": "sts:AssumeRole"}
    trust |= {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}}
    policy = {"Version": "2012-10-17", "Statement": [trust]}
    cloud.identities.add_role(
        Role(account=staging.account_id, arn=arn, trust_policy=policy, policies=template.policies)
    )
    put_account(TargetAccount(staging.account_id, "Staging", arn, "", external_id, (REGION_OF[EAST],)))
    yield
    TargetAccountItem(account_id=staging.account_id).delete()
    UniqueNameItem(scope=ACCOUNTS, name_key=staging.account_id).delete()


# --- add, list, remove ---


def test_a_staging_account_is_added_listed_and_removed(admin: RestClient, staging: Staging, add: Make) -> None:
    path = f"/accounts/targets/{EAST}/staging-accounts"
    added = add(name="Shop staging")
    assert added.status == 201
    assert added.body["name"] == "Shop staging"
    assert added.body in list(admin.all_items(path, limit=1))
    removed = admin("DELETE", f"{path}/{staging.account_id}")
    assert removed.body == {"accountId": EAST, "stagingAccountId": staging.account_id, "extendedServers": 0}
    assert staging.account_id not in {item["stagingAccountId"] for item in admin.all_items(path)}
    assert admin("DELETE", f"{path}/{staging.account_id}").status == 404


def test_an_account_is_added_once_to_each_target_account(add: Make) -> None:
    assert [add(EAST).status, add(WEST).status] == [201, 201]
    again = add(EAST)
    assert (again.status, again.error) == (409, "StateConflict")


@pytest.mark.parametrize("number", ["12345", "22223333444a", EAST])
def test_a_number_that_cannot_be_a_staging_account_is_refused(admin: RestClient, number: str) -> None:
    refused = admin("POST", f"/accounts/targets/{EAST}/staging-accounts", {"stagingAccountId": number})
    assert refused.status == 400
    assert set(refused.problems) == {"stagingAccountId"}


def test_an_unknown_target_account_is_not_found(admin: RestClient, staging: Staging) -> None:
    base = "/accounts/targets/999999999999"
    body = {"stagingAccountId": staging.account_id}
    answers = [
        admin("POST", f"{base}/staging-accounts", body),
        admin("POST", f"{base}/staging-accounts/sync"),
        admin.get(f"{base}/staging-accounts"),
        admin.get(f"{base}/staging-accounts/discover"),
        admin.get(f"{base}/capacity"),
        admin("POST", f"{base}/staging-accounts/{staging.account_id}/validate"),
    ]
    assert [answer.status for answer in answers] == [404] * len(answers)


# --- sync ---


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
    calls: list[str] = []
    stop = cloud.front.observe(lambda call, function: calls.append(call.operation))
    _, item = extend()
    stop()
    sync()
    assert (item["extended"], item["left"]) == (1, 2)
    assert calls.count("CreateExtendedSourceServer") == 1
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
    calls: list[str] = []
    stop = cloud.front.observe(lambda call, function: calls.append(call.service))
    result = invoke("data-management-handler", "handle_sync_staging_accounts").body
    stop()
    assert result["outcome"] == "COMPLETED"
    assert "drs" not in calls


# --- validate and discover ---


def validated(admin: RestClient, staging: Staging) -> tuple[Any, Any]:
    answer = admin("POST", f"/accounts/targets/{EAST}/staging-accounts/{staging.account_id}/validate")
    assert answer.status == 200, answer.body
    (region,) = (region for region in answer.body["regions"] if region["region"] == REGION_OF[EAST])
    return answer.body, region


def test_the_default_key_is_explained_before_anything_is_extended(admin: RestClient, staging: Staging) -> None:
    staging.new_server("unknown")
    answer, region = validated(admin, staging)
    assert (region["check"], region["extensible"], region["keysChecked"]) == ("NOT_CHECKED", 1, False)
    assert "registered as a target account too" in region["reason"]
    assert "aws/ebs" in region["remedy"]
    assert "ValidationException" in answer["keys"]
    assert staging.extended_into() == {}


@pytest.mark.usefixtures("registered")
def test_servers_with_the_default_key_are_named(admin: RestClient, cloud: LocalCloud, staging: Staging) -> None:
    staging.new_server("secret", uses_default_key=True)
    own_key = staging.new_server("open")
    drs = cloud.client("drs", account=staging.account_id, region=REGION_OF[EAST])
    drs.update_replication_configuration(
        sourceServerID=own_key,
        ebsEncryption="CUSTOM",
        ebsEncryptionKeyArn=f"arn:aws:kms:{REGION_OF[EAST]}:{staging.account_id}:key/1",
    )
    answer, region = validated(admin, staging)
    assert (answer["check"], region["withDefaultKey"], region["keysChecked"]) == ("ACTION_NEEDED", ["secret"], True)


@pytest.mark.parametrize(
    ("kind", "state", "check", "remedy"),
    [
        ("ACCESS_DENIED", "ACCESS_DENIED", "ACTION_NEEDED", "staging-account.yaml"),
        ("UNINITIALIZED", "NOT_INITIALIZED", "ACTION_NEEDED", "Initialise DRS"),
        ("REGION_DISABLED", "REGION_NOT_ENABLED", "ACTION_NEEDED", "Enable the Region"),
        ("THROTTLE", "THROTTLED", "NOT_CHECKED", ""),
    ],
)
def test_each_obstacle_has_its_state_and_remedy(
    admin: RestClient, staging: Staging, fault: Make, kind: str, state: str, check: str, remedy: str
) -> None:
    fault(kind, "ListExtensibleSourceServers")
    answer, region = validated(admin, staging)
    assert (region["state"], region["check"], answer["check"]) == (state, check, check)
    assert remedy in region["remedy"]
    assert region["reason"]


def test_staging_accounts_are_discovered_from_drs(
    admin: RestClient, staging: Staging, add: Make, extend: Make, sync: Make
) -> None:
    def discovered() -> Any:
        items = admin.get(f"/accounts/targets/{EAST}/staging-accounts/discover").body["items"]
        return next((item for item in items if item["stagingAccountId"] == staging.account_id), None)

    assert discovered() is None
    add()
    staging.new_server("seen")
    extend()
    sync()
    found = discovered()
    assert (found["added"], found["regions"]) == (True, [REGION_OF[EAST]])
    assert found["extendedServers"] == {REGION_OF[EAST]: 1}
    removed = admin("DELETE", f"/accounts/targets/{EAST}/staging-accounts/{staging.account_id}").body
    assert removed["extendedServers"] == 1
    assert discovered()["added"] is False


def test_a_region_that_cannot_be_read_is_a_problem_of_its_own(admin: RestClient, fault: Make) -> None:
    fault("ACCESS_DENIED", "ListStagingAccounts")
    answer = admin.get(f"/accounts/targets/{EAST}/staging-accounts/discover")
    assert answer.status == 200
    assert any(f"{EAST}/{REGION_OF[EAST]}" in problem for problem in answer.body["problems"])


# --- capacity and quotas ---


def test_extended_servers_count_for_recovery_and_not_for_replication(
    admin: RestClient, staging: Staging, add: Make, extend: Make, sync: Make
) -> None:
    add()
    sync()

    def capacity() -> Any:
        return admin.get(f"/accounts/targets/{EAST}/capacity").body

    def used(body: Any) -> dict[str, int]:
        (place,) = (place for place in body["places"] if place["region"] == REGION_OF[EAST])
        return {usage["quota"]: usage["used"] for usage in place["usages"]}

    before = used(capacity())
    staging.new_server("one")
    staging.new_server("two")
    extend()
    sync()
    body = capacity()
    after = used(body)
    assert after["SOURCE_SERVERS"] == before["SOURCE_SERVERS"] + 2
    assert after["REPLICATING_SERVERS"] == before["REPLICATING_SERVERS"]
    (own,) = (each for each in body["staging"] if each["stagingAccountId"] == staging.account_id)
    assert (own["extendedServers"], own["account"]) == (2, None)
    shown = admin.all_items("/drs/source-servers", accountId=EAST, region=REGION_OF[EAST])
    assert sum(server["stagingAccountId"] == staging.account_id for server in shown) == 2


@pytest.mark.usefixtures("registered")
def test_a_registered_staging_account_adds_its_own_capacity(
    admin: RestClient, cloud: LocalCloud, staging: Staging, add: Make, sync: Make
) -> None:
    add()
    cloud.emulator.add_source_server(staging.account_id, REGION_OF[EAST], hostname="replicates")
    sync()
    body = admin.get(f"/accounts/targets/{EAST}/capacity").body
    (own,) = (each for each in body["staging"] if each["stagingAccountId"] == staging.account_id)
    replicating = own["account"]["usages"][0]
    assert (replicating["quota"], replicating["used"], replicating["limit"]) == ("REPLICATING_SERVERS", 1, 300)
    together, alone = (
        next(usage for usage in usages if usage["quota"] == "REPLICATING_SERVERS")
        for usages in (body["withStaging"], body["account"]["usages"])
    )
    assert (together["used"], together["limit"]) == (alone["used"] + 1, alone["limit"] + 300)


def test_jobs_are_counted_live_and_a_region_that_fails_hides_no_other(
    admin: RestClient, sync: Make, fault: Make
) -> None:
    sync()
    fault("ACCESS_DENIED", "DescribeJobs")
    body = admin.get(f"/accounts/targets/{EAST}/capacity").body
    (place,) = (place for place in body["places"] if place["region"] == REGION_OF[EAST])
    assert {usage["quota"] for usage in place["usages"]} == {"REPLICATING_SERVERS", "SOURCE_SERVERS"}
    (problem,) = place["problems"]
    assert problem.startswith("The jobs could not be read: ")
    west = admin.get(f"/accounts/targets/{WEST}/capacity").body
    assert {usage["quota"] for usage in west["account"]["usages"]} >= {"JOBS_IN_PROGRESS", "SERVERS_IN_JOBS"}


def test_the_combined_capacity_is_the_sum_of_all_accounts_without_a_call_of_drs(
    admin: RestClient, cloud: LocalCloud, sync: Make
) -> None:
    sync()
    calls: list[str] = []
    stop = cloud.front.observe(lambda call, function: calls.append(call.service))
    body = admin.get("/accounts/capacity").body
    stop()
    assert "drs" not in calls
    assert {EAST, WEST} <= {account["accountId"] for account in body["accounts"]}
    for usage in body["usages"]:
        parts = [each for account in body["accounts"] for each in account["usages"] if each["quota"] == usage["quota"]]
        assert (usage["used"], usage["limit"]) == (sum(p["used"] for p in parts), sum(p["limit"] for p in parts))


def test_quotas_of_a_region_have_their_codes_and_use(admin: RestClient, sync: Make) -> None:
    sync()
    body = admin.get("/drs/quotas", accountId=EAST, region=REGION_OF[EAST]).body
    shown = {item["quota"]: item for item in body["items"]}
    assert (shown["REPLICATING_SERVERS"]["code"], shown["REPLICATING_SERVERS"]["published"]) == ("L-C1D14A2B", 300)
    assert shown["SOURCE_SERVERS"]["usage"]["used"] > 0
    assert shown["SERVERS_PER_JOB"]["usage"] is None


def test_quotas_of_a_region_that_is_not_the_accounts_are_refused(admin: RestClient) -> None:
    refused = admin.get("/drs/quotas", accountId=EAST, region="moon-1")
    assert set(refused.problems) == {"region"}


def test_a_server_whose_original_is_gone_is_degraded_with_drs_reason(
    admin: RestClient, cloud: LocalCloud, staging: Staging, add: Make, extend: Make, sync: Make, new_group: Make
) -> None:
    add()
    original = staging.new_server("orphan")
    extend()
    extension = staging.extended_into()["orphan"]["sourceServerID"]
    group = new_group(sourceServerIds=[extension])
    cloud.client("drs", account=staging.account_id, region=REGION_OF[EAST]).delete_source_server(
        sourceServerID=original
    )
    sync()
    (member,) = admin.get(f"/protection-groups/{group['groupId']}").body["servers"]
    assert "EXTENSION_ERROR" in {finding["code"] for finding in member["findings"]}
