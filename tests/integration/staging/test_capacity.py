"""Capacity and quotas: extended servers count for recovery, and not for replication."""

from collections.abc import Callable
from typing import Any

import pytest

from local.cloud import LocalCloud
from tests.integration.conftest import EAST, REGION_OF, WEST, RestClient
from tests.integration.staging.conftest import Staging
from tests.observed import REST, calls_of

Make = Callable[..., Any]


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
    with calls_of(cloud, REST) as calls:
        body = admin.get("/accounts/capacity").body
    assert "drs" not in {call.service for call in calls}
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
