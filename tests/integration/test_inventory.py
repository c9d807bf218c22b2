"""The inventory sync: what it sees, what it writes, and that a failing place does not stop the others."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.domain.estate.accounts import ListedAccount, Place
from chalicelib.domain.estate.inventory import RegionState
from chalicelib.store.reads.estate.inventory import find_region_sighting
from chalicelib.store.tables.configuration import ACCOUNTS, UniqueNameItem
from chalicelib.store.tables.estate import SyncRunItem, TargetAccountItem, account_region
from drs_emulator import Disk
from local.cloud import LocalCloud
from tests.observed import MANAGEMENT, calls_of

from .conftest import EAST, REGION_OF, WEST, RestClient

Make = Callable[..., Any]
EAST_PLACE, WEST_PLACE = Place(EAST, REGION_OF[EAST]), Place(WEST, REGION_OF[WEST])


class QuietPlace:
    """A Region that only the tests of this file use."""

    place = Place(EAST, "ap-southeast-2")

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        cloud.emulator.initialize(self.place.account_id, self.place.region)

    def new_servers(self, count: int) -> set[str]:
        account_id, region = self.place.account_id, self.place.region
        return {
            self._cloud.emulator.add_source_server(
                account_id, region, hostname=f"quiet-{uuid.uuid4().hex[:8]}", replication_state="DISCONNECTED"
            )
            for _ in range(count)
        }

    def delete(self, server_id: str) -> None:
        drs = self._cloud.client("drs", account=self.place.account_id, region=self.place.region)
        drs.delete_source_server(sourceServerID=server_id)

    def written_by(self, sync: Make) -> set[str]:
        """The servers of this place whose rows or terms are written or removed while a sync runs."""
        with calls_of(self._cloud, MANAGEMENT) as calls:
            sync()
        batches = [call.params["RequestItems"].values() for call in calls if call.operation == "BatchWriteItem"]
        requests = [request for batch in batches for table in batch for request in table]
        rows = [part.get("Item") or part["Key"] for request in requests for part in request.values()]
        here = account_region(self.place)
        here_only = [row for row in rows if row.get("account_region") == {"S": here}]
        return {(row.get("source_server_id") or row["term_key"])["S"].rpartition("#")[2] for row in here_only}


@pytest.fixture
def quiet(cloud: LocalCloud) -> Iterator[QuietPlace]:
    """A place that no other test uses. In the other places drills of other tests may change servers."""
    made, account = QuietPlace(cloud), TargetAccountItem.get(EAST)
    before, listed = account.regions, UniqueNameItem.get(ACCOUNTS, EAST)
    _set_regions(account, listed, (*before, made.place.region))
    yield made
    _set_regions(account, listed, before)


def _set_regions(account: TargetAccountItem, listed: UniqueNameItem, regions: tuple[str, ...]) -> None:
    """As a save of the account does, without its rule that no group may lose its Region."""
    account.update([TargetAccountItem.regions.set(regions)])
    listed.update([UniqueNameItem.listed.set(ListedAccount(EAST, account.name, regions))])


@pytest.fixture
def fault(cloud: LocalCloud) -> Iterator[Callable[..., None]]:
    """Makes DRS fail in a place until the test is over."""
    made: list[str] = []

    def add(kind: str, account: str) -> None:
        rule = {"kind": kind, "match": {"account": account, "operation": "DescribeSourceServers"}}
        made.append(cloud.emulator.add_fault(rule))

    yield add
    for fault_id in made:
        cloud.emulator.remove_fault(fault_id)


def test_a_sync_sees_every_account_and_region(admin: RestClient, cloud: LocalCloud, sync: Make) -> None:
    result = sync()
    assert (result["outcome"], result["failures"]) == ("COMPLETED", {})
    for account in (EAST, WEST):
        known = {server.server_id for server in cloud.world.servers_with(account=account)}
        shown = admin.all_items("/drs/source-servers", accountId=account, region=REGION_OF[account], limit=10)
        assert known <= {server["sourceServerId"] for server in shown}


def test_each_account_is_listed_with_how_its_regions_answered(
    admin: RestClient, cloud: LocalCloud, quiet: QuietPlace, sync: Make, fault: Callable[..., None]
) -> None:
    def shown() -> dict[str, Any]:
        return {account["accountId"]: account for account in admin.all_items("/drs/accounts", limit=1)}

    regions = {each["region"]: each for each in shown()[EAST]["regions"]}
    new = regions[quiet.place.region]
    assert set(regions) == {REGION_OF[EAST], quiet.place.region}
    if find_region_sighting(quiet.place) is None:
        assert (new["state"], new["serverCount"], new["syncedAt"]) == (None, 0, None)
    servers = quiet.new_servers(2)
    sync()
    seen = {each["region"]: each for each in shown()[EAST]["regions"]}
    assert (seen[quiet.place.region]["state"], seen[quiet.place.region]["replicatingCount"]) == ("ACTIVE", 0)
    assert seen[quiet.place.region]["serverCount"] >= len(servers)
    assert shown()[EAST]["serverCount"] == sum(each["serverCount"] for each in seen.values())
    fault("ACCESS_DENIED", EAST)
    sync()
    failed = {each["region"]: each for each in shown()[EAST]["regions"]}[quiet.place.region]
    assert (failed["state"], failed["serverCount"]) == ("ACCESS_DENIED", seen[quiet.place.region]["serverCount"])
    assert "AccessDenied" in failed["lastError"]
    assert not shown()[EAST]["isPlatformAccount"]


def test_a_server_is_shown_as_drs_has_it(admin: RestClient, new_servers: Make, sync: Make) -> None:
    (server_id,) = new_servers(account=WEST, state="DISCONNECTED", Purpose="shown")
    sync()
    servers = admin.all_items("/drs/source-servers", accountId=WEST, region=REGION_OF[WEST])
    (shown,) = (server for server in servers if server["sourceServerId"] == server_id)
    assert shown["replicationState"] == "DISCONNECTED"
    assert shown["tags"]["Purpose"] == "shown"
    assert (shown["accountId"], shown["region"]) == (WEST, REGION_OF[WEST])


def test_a_server_without_lag_and_launches_is_shown_with_zero_and_not_started(
    admin: RestClient, cloud: LocalCloud, new_servers: Make, sync: Make
) -> None:
    """DRS writes a lag of zero as P0D, and of a server that was never launched an empty last launch."""
    (server_id,) = new_servers(account=WEST, state="CONTINUOUS")
    sync()
    cloud.emulator.set_replication(WEST, REGION_OF[WEST], server_id, state="STOPPED")  # its place is for others
    servers = admin.all_items("/drs/source-servers", accountId=WEST, region=REGION_OF[WEST])
    (shown,) = (server for server in servers if server["sourceServerId"] == server_id)
    assert (shown["lagSeconds"], shown["lastLaunchResult"]) == (0, "NOT_STARTED")


@pytest.fixture
def source_instance(cloud: LocalCloud) -> dict[str, Any]:
    """An instance in EC2 that a source server runs on."""
    ec2 = cloud.client("ec2", account=EAST, region="eu-west-3")
    image_id = ec2.register_image(Name=f"source-{uuid.uuid4()}")["ImageId"]
    made = ec2.run_instances(ImageId=image_id, InstanceType="m5.2xlarge", MinCount=1, MaxCount=1)
    instance: dict[str, Any] = made["Instances"][0]
    return instance


def test_a_server_from_ec2_is_shown_with_its_hardware_and_its_instance(
    admin: RestClient, cloud: LocalCloud, quiet: QuietPlace, sync: Make, source_instance: dict[str, Any]
) -> None:
    origin = {"origin_account": EAST, "origin_region": "eu-west-3", "origin_instance_id": source_instance["InstanceId"]}
    disks = [Disk(device_name=name, size_bytes=30 * 2**30) for name in ("/dev/xvdb", "/dev/xvda")]
    server_id = cloud.emulator.add_source_server(
        EAST,
        quiet.place.region,
        hostname="hardware",
        cpu_cores=8,
        ram_bytes=2**35,
        instance_type="m5.large",
        disks=disks,
        replication_state="DISCONNECTED",
        **origin,
    )
    result = sync()
    shown = admin.get(f"/drs/source-servers/{server_id}").body["server"]
    assert result["failures"] == {}
    assert (shown["sourceAccountId"], shown["sourceRegion"]) == (EAST, "eu-west-3")
    assert (shown["instanceType"], shown["recommendedInstanceType"]) == ("m5.2xlarge", "m5.large")
    assert shown["privateAddresses"] == [source_instance["PrivateIpAddress"]]
    assert (shown["cpuCores"], shown["ramBytes"], shown["osName"]) == (8, 2**35, "Amazon Linux 2023")
    assert [disk["deviceName"] for disk in shown["disks"]] == ["/dev/xvda", "/dev/xvdb"]
    assert shown["stagingAccountId"] == ""
    assert quiet.written_by(sync) == set()


def test_only_changes_are_written(quiet: QuietPlace, sync: Make) -> None:
    sync()
    new = quiet.new_servers(20)
    assert quiet.written_by(sync) == new
    newer = quiet.new_servers(1)
    quiet.delete(gone := min(new))
    assert quiet.written_by(sync) == {*newer, gone}


def test_a_sync_counts_what_it_writes(quiet: QuietPlace, sync: Make) -> None:
    quiet.new_servers(20)
    assert sync()["written"] >= 20


def test_a_sync_without_changes_writes_no_server(quiet: QuietPlace, sync: Make) -> None:
    quiet.new_servers(3)
    sync()
    assert quiet.written_by(sync) == set()


def test_freshness_is_that_of_the_last_scan_and_not_of_the_last_change(admin: RestClient, sync: Make) -> None:
    first = sync()
    second = sync()
    servers = admin.get("/drs/source-servers", accountId=EAST, region=REGION_OF[EAST]).body["items"]
    assert all(first["startedAt"] < second["startedAt"] <= server["seenAt"] for server in servers)


def test_vanished_servers_are_removed(admin: RestClient, cloud: LocalCloud, new_servers: Make, sync: Make) -> None:
    (gone,) = new_servers(state="DISCONNECTED")
    sync()
    cloud.client("drs", account=EAST, region=REGION_OF[EAST]).delete_source_server(sourceServerID=gone)
    assert sync()["removed"] == 1
    left = admin.all_items("/drs/source-servers", accountId=EAST, region=REGION_OF[EAST])
    assert gone not in {server["sourceServerId"] for server in left}


def test_one_failing_place_does_not_stop_the_others_and_loses_no_server(
    admin: RestClient, cloud: LocalCloud, new_servers: Make, sync: Make, fault: Make
) -> None:
    (kept,) = new_servers(state="DISCONNECTED")
    sync()
    cloud.client("drs", account=EAST, region=REGION_OF[EAST]).delete_source_server(sourceServerID=kept)
    (seen,) = new_servers(account=WEST)
    fault("ACCESS_DENIED", EAST)
    result = sync()
    assert result["outcome"] == "PARTIAL"
    assert list(result["failures"]) == [str(EAST_PLACE)]
    east = admin.all_items("/drs/source-servers", accountId=EAST, region=REGION_OF[EAST])
    west = admin.all_items("/drs/source-servers", accountId=WEST, region=REGION_OF[WEST])
    assert kept in {server["sourceServerId"] for server in east}
    assert seen in {server["sourceServerId"] for server in west}


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("ACCESS_DENIED", RegionState.ACCESS_DENIED),
        ("REGION_DISABLED", RegionState.REGION_NOT_ENABLED),
        ("THROTTLE", RegionState.THROTTLED),
        ("DROPPED_CONNECTION", RegionState.UNREACHABLE),
    ],
)
def test_each_way_to_fail_has_its_own_state(sync: Make, fault: Make, kind: str, state: RegionState) -> None:
    sync()
    before = find_region_sighting(WEST_PLACE)
    fault(kind, WEST)
    assert sync()["failures"][str(WEST_PLACE)].startswith(f"{state}: ")
    after = find_region_sighting(WEST_PLACE)
    assert before is not None
    assert after is not None
    assert (after.state, after.synced_at, after.server_count) == (state, before.synced_at, before.server_count)
    assert after.last_error


def test_a_place_without_drs_has_no_servers_and_is_not_a_failure(sync: Make, fault: Make) -> None:
    fault("UNINITIALIZED", WEST)
    assert sync()["failures"] == {}
    sighting = find_region_sighting(WEST_PLACE)
    assert sighting is not None
    assert (sighting.state, sighting.server_count) == (RegionState.NOT_INITIALIZED, 0)


def test_every_run_is_recorded_with_an_expiry(sync: Make) -> None:
    result = sync()
    runs = list(SyncRunItem.query(result["kind"], scan_index_forward=False, limit=1))
    assert runs[0].outcome == result["outcome"]
    assert runs[0].details["seen"] == result["seen"]
    assert runs[0].expires_at > runs[0].started_at.timestamp()


def test_the_schedule_runs_the_same_sync(cloud: LocalCloud) -> None:
    event = {
        "source": "aws.events",
        "detail-type": "Scheduled Event",
        "detail": {},
        "time": "",
        "region": "",
        "resources": [],
    }
    event |= {"account": cloud.hub_account, "id": "1", "version": "0"}
    result = cloud.runtime.invoke("inventory-sync", event)
    assert result.function_error is None
    assert result.value["body"]["kind"] == "source-server-inventory"


def test_servers_of_an_unknown_account_are_not_found(admin: RestClient) -> None:
    assert admin.get("/drs/source-servers", accountId="999999999999", region="us-east-1").status == 404


def test_no_answer_carries_an_external_id(admin: RestClient, cloud: LocalCloud, sync: Make) -> None:
    result = sync()
    answers = [admin.get(path).body for path in ("/protection-groups", "/recovery-plans", "/audit-logs")]
    answers.append(admin.get("/drs/source-servers", accountId=EAST, region=REGION_OF[EAST]).body)
    text = repr([result, *answers])
    assert [account.name for account in cloud.world.accounts if account.external_id in text] == []
