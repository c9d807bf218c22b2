"""Starts of runs: from which point in time, with which servers, and what the preflight says before."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.store.tables.runs import ServerLeaseItem
from drs_emulator.settings import Throttling
from drs_emulator.throttle import Throttle
from local.cloud import LocalCloud
from tests.conftest import Clouds
from tests.integration.conftest import EAST, REGION_OF, WEST, RestClient
from tests.preflights import check_plan
from tests.waiting import eventually

Make = Callable[..., Any]
REGION = REGION_OF[EAST]


@pytest.fixture
def cloud(clouds: Clouds) -> Iterator[LocalCloud]:
    """DRS throttles only where a test says so; faults end with the test."""
    running = clouds.running(speed=1_000.0)
    running.emulator.world.throttle = Throttle(Throttling(enabled=False))
    yield running
    running.emulator.clear_faults()


@pytest.fixture
def make_plan(new_servers: Make, new_group: Make, new_plan: Make) -> Make:
    """Makes a plan of one wave that is never approved, so nothing launches. Returns it and its servers."""

    def make(count: int = 2, *, approval: bool = True, servers: list[str] | None = None, **content: Any) -> Any:
        chosen = servers or new_servers(count, state="CONTINUOUS")
        group = new_group(sourceServerIds=chosen)["groupId"]
        wave = {"number": 1, "name": "All", "protectionGroupIds": [group], "approvalRequired": approval}
        return new_plan([group], waves=[wave], **content)["planId"], chosen

    return make


@pytest.fixture(autouse=True)
def _room_for_others(cloud: LocalCloud) -> Iterator[None]:
    """Stops the replication of a test's servers after it: a Region takes 300 that replicate."""
    state = cloud.emulator.world.region(EAST, REGION)
    before = set(state.servers)
    yield
    for server_id in set(state.servers) - before:
        cloud.emulator.set_replication(EAST, REGION, server_id, state="STOPPED")


def start(client: RestClient, plan_id: str, mode: str = "DRILL", **body: Any) -> Any:
    return client("POST", f"/recovery-plans/{plan_id}/execute", {"mode": mode, "reason": "test", **body})


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


def points_of(cloud: LocalCloud, server_id: str) -> list[Any]:
    drs = cloud.client("drs", account=EAST, region=REGION)
    items: list[Any] = drs.describe_recovery_snapshots(sourceServerID=server_id)["items"]
    return items


def taken_at(point: Any) -> datetime:
    """When a point was taken; DRS may show only when it was due."""
    return datetime.fromisoformat(point.get("timestamp", point["expectedTimestamp"]))


def servers_of(client: RestClient, started: Any) -> dict[str, Any]:
    found = client.all_items(f"/executions/{started.body['execution']['executionId']}/servers")
    return {server["sourceServerId"]: server for server in found}


def test_each_server_gets_its_newest_point_that_is_not_after_the_moment(
    admin: RestClient, cloud: LocalCloud, make_plan: Make
) -> None:
    plan_id, servers = make_plan()
    moment = ago(minutes=30)
    started = start(admin, plan_id, pointInTime=moment)
    assert started.status == 202, started.body
    shown = servers_of(admin, started)
    for server_id in servers:
        kept = [point for point in points_of(cloud, server_id) if taken_at(point) <= datetime.fromisoformat(moment)]
        newest = max(kept, key=taken_at)
        assert shown[server_id]["recoveryPointId"] == newest["snapshotID"]
    assert started.body["execution"]["pointInTime"] == moment
    assert started.body["execution"]["pointSkewSeconds"] in {0, 3}  # a point is taken 3 s after it was due


def test_the_skew_between_servers_is_reported(admin: RestClient, cloud: LocalCloud, make_plan: Make) -> None:
    plan_id, (late, _) = make_plan()
    moment = ago(minutes=5)
    cloud.emulator.add_fault(
        {"kind": "RECOVERY_POINT_AGED_OUT", "match": {"serverIds": [late]},
         "parameters": {"snapshotIds": [point["snapshotID"] for point in points_of(cloud, late)[-6:]]}}
    )  # fmt: skip
    looked = check_plan(cloud, plan_id, pointInTime=moment)
    started = start(admin, plan_id, pointInTime=moment)
    skew = started.body["execution"]["pointSkewSeconds"]
    assert skew >= 600
    assert looked["pointSkewSeconds"] == skew
    assert {server["sourceServerId"]: server["pointSkewSeconds"] for server in looked["servers"]}[late] == skew
    events = admin.all_items(f"/executions/{started.body['execution']['executionId']}/events")
    assert any(f"{skew} s apart" in event["message"] for event in events)


def test_a_server_without_a_point_at_the_moment_is_blocked_and_its_oldest_named(
    admin: RestClient, cloud: LocalCloud, make_plan: Make
) -> None:
    plan_id, servers = make_plan()
    cloud.emulator.add_fault(
        {"kind": "RECOVERY_POINT_AGED_OUT", "match": {"serverIds": [servers[0]]},
         "parameters": {"olderThanSeconds": 3_000}}
    )  # fmt: skip
    refused = start(admin, plan_id, pointInTime=ago(hours=3))
    assert (refused.status, refused.error) == (422, "PreflightBlocked")
    (blocked,) = refused.details["servers"]
    assert blocked["sourceServerId"] == servers[0]
    oldest = f"{taken_at(points_of(cloud, servers[0])[0]):%Y-%m-%dT%H:%M:%S}"
    assert oldest in blocked["findings"][0]["reason"]
    accepted = start(admin, plan_id, pointInTime=ago(hours=3), acceptDegraded=True)
    assert [server["sourceServerId"] for server in accepted.body["excluded"]] == [servers[0]]


def test_a_named_point_must_belong_to_its_server(admin: RestClient, cloud: LocalCloud, make_plan: Make) -> None:
    plan_id, (one, other) = make_plan()
    theirs = points_of(cloud, other)[0]["snapshotID"]
    stranger = "s-" + "0" * 17
    refused = start(admin, plan_id, recoveryPoints={one: theirs, other: "pit-" + "0" * 17})
    assert (refused.status, set(refused.problems)) == (400, {f"recoveryPoints.{one}", f"recoveryPoints.{other}"})
    refused = start(admin, plan_id, recoveryPoints={stranger: theirs})
    assert set(refused.problems) == {f"recoveryPoints.{stranger}"}


@pytest.mark.parametrize("points", [{"pointInTime": "yesterday"}, {"pointInTime": "2026-03-01T12:00:00"},
                                  {"pointInTime": "2999-01-01T00:00:00Z"}, {"recoveryPoints": {"s": "no"}}])  # fmt: skip  # noqa: E501
def test_an_invalid_choice_of_points_is_refused(admin: RestClient, make_plan: Make, points: dict[str, Any]) -> None:
    refused = start(admin, make_plan(1)[0], **points)
    assert (refused.status, refused.error) == (400, "InvalidRequest")


def test_drs_is_asked_to_launch_from_the_point_that_was_named(
    admin: RestClient, cloud: LocalCloud, make_plan: Make, eventually_ended: Make
) -> None:
    plan_id, (one, other) = make_plan(approval=False)
    point = points_of(cloud, one)[0]["snapshotID"]
    started = start(admin, plan_id, recoveryPoints={one: point})
    assert eventually_ended(started) == "COMPLETED"
    state = cloud.emulator.world.region(EAST, REGION)
    launched = {key: item.snapshot_id for job in state.jobs.values() for key, item in job.participants.items()}
    assert launched[one] == point
    assert launched[other] != point
    assert servers_of(admin, started)[other]["recoveryPointId"] == ""


def test_points_are_read_although_drs_throttles(admin: RestClient, cloud: LocalCloud, make_plan: Make) -> None:
    plan_id, _ = make_plan(3)
    cloud.emulator.add_fault(
        {"kind": "THROTTLE", "match": {"operation": "DescribeRecoverySnapshots", "account": EAST}, "times": 6}
    )
    started = start(admin, plan_id, pointInTime=ago(minutes=30))
    assert started.status == 202, started.body
    assert all(server["recoveryPointId"] for server in servers_of(admin, started).values())


@pytest.fixture
def eventually_ended(admin: RestClient) -> Callable[[Any], str]:
    """Waits until an execution is over; returns its status."""

    def wait(started: Any) -> str:
        path = f"/executions/{started.body['execution']['executionId']}"
        return str(eventually(lambda: (shown := admin.get(path).body["execution"])["endedAt"] and shown["status"]))

    return wait


def test_a_recovery_takes_over_from_a_drill(admin: RestClient, make_plan: Make, eventually_ended: Make) -> None:
    plan_id, servers = make_plan()
    drill = start(admin, plan_id)
    recovery = start(admin, plan_id, "RECOVERY")
    assert recovery.status == 202, recovery.body
    assert recovery.body["preempted"] == [drill.body["execution"]["executionId"]]
    assert eventually_ended(drill) == "CANCELLED"
    recovery_id = recovery.body["execution"]["executionId"]
    events = admin.all_items(f"/executions/{drill.body['execution']['executionId']}/events")
    assert any(f"pre-empted by RECOVERY {recovery_id}" in event["message"] for event in events)
    events = admin.all_items(f"/executions/{recovery_id}/events")
    assert any(event["kind"] == "DRILL_PREEMPTED" for event in events)
    # The drill's end frees nothing that the recovery holds now.
    held = ServerLeaseItem.batch_get([f"plan#{plan_id}", *(f"{EAST}#{REGION}#{item}" for item in servers)])
    assert {item.execution_id for item in held} == {recovery_id}


def test_neither_a_drill_nor_another_recovery_takes_over_a_recovery(admin: RestClient, make_plan: Make) -> None:
    plan_id, _ = make_plan(1)
    first = start(admin, plan_id, "RECOVERY")
    for mode in ("RECOVERY", "DRILL"):
        refused = start(admin, plan_id, mode)
        assert (refused.status, refused.error) == (409, "AlreadyRunning")
        assert refused.details["executionId"] == first.body["execution"]["executionId"]


def test_exactly_one_of_many_recoveries_over_one_drill_wins(
    admin: RestClient, make_plan: Make, eventually_ended: Make
) -> None:
    plan_id, servers = make_plan()
    drill = start(admin, plan_id)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: start(admin, plan_id, "RECOVERY"), range(4)))
    assert sorted(answer.status for answer in answers) == [202, 409, 409, 409]
    (winner,) = (answer for answer in answers if answer.status == 202)
    assert eventually_ended(drill) == "CANCELLED"
    held = ServerLeaseItem.batch_get([f"{EAST}#{REGION}#{item}" for item in servers])
    assert {item.execution_id for item in held} == {winner.body["execution"]["executionId"]}


def test_preflight_says_what_a_start_would_do(admin: RestClient, cloud: LocalCloud, make_plan: Make) -> None:
    plan_id, (late, fine) = make_plan(rpoMinutes=5)
    cloud.emulator.set_replication(EAST, REGION, late, state="CONTINUOUS", lag=900)
    looked = check_plan(cloud, plan_id)
    verdicts = {server["sourceServerId"]: server for server in looked["servers"]}
    assert looked["wouldStart"] is True
    assert verdicts[fine]["readiness"] == "READY"
    assert [finding["code"] for finding in verdicts[late]["findings"]] == ["LAG_OVER_RPO"]


def test_preflight_finds_launch_settings_that_cannot_work(
    admin: RestClient, cloud: LocalCloud, make_plan: Make
) -> None:
    plan_id, (wrong, fine) = make_plan()
    drs = cloud.client("drs", account=EAST, region=REGION)
    ec2 = cloud.client("ec2", account=EAST, region=REGION)
    template = drs.get_launch_configuration(sourceServerID=wrong)["ec2LaunchTemplateID"]
    drs.update_launch_configuration(sourceServerID=wrong, targetInstanceTypeRightSizingMethod="NONE")
    data = {
        "InstanceType": "z9.none",
        "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-none", "Groups": ["sg-none"]}],
        "IamInstanceProfile": {"Name": "nobody"},
    }
    made = ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
    number = str(made["LaunchTemplateVersion"]["VersionNumber"])
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=number)
    looked = check_plan(cloud, plan_id)
    verdicts = {server["sourceServerId"]: server for server in looked["servers"]}
    codes = {finding["code"] for finding in verdicts[wrong]["findings"]}
    assert codes == {"SUBNET_NOT_FOUND", "SECURITY_GROUP_NOT_FOUND", "TYPE_NOT_OFFERED", "PROFILE_NOT_FOUND"}
    assert verdicts[fine]["readiness"] == "READY"
    assert looked["wouldStart"] is False


def test_preflight_looks_at_every_network_interface_of_a_launch_template(
    admin: RestClient, cloud: LocalCloud, make_plan: Make
) -> None:
    plan_id, (server,) = make_plan(1)
    drs = cloud.client("drs", account=EAST, region=REGION)
    ec2 = cloud.client("ec2", account=EAST, region=REGION)
    template = drs.get_launch_configuration(sourceServerID=server)["ec2LaunchTemplateID"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    second = {"DeviceIndex": 1, "SubnetId": "subnet-none", "Groups": ["sg-none"]}
    data = {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet}, second]}
    made = ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)
    number = str(made["LaunchTemplateVersion"]["VersionNumber"])
    ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=number)
    looked = check_plan(cloud, plan_id)
    (verdict,) = looked["servers"]
    assert {finding["code"] for finding in verdict["findings"]} == {"SUBNET_NOT_FOUND", "SECURITY_GROUP_NOT_FOUND"}
    assert all("network interface 1" in finding["reason"] for finding in verdict["findings"])


def test_a_check_that_could_not_run_is_reported(admin: RestClient, cloud: LocalCloud, make_plan: Make) -> None:
    plan_id, _ = make_plan(1)
    cloud.emulator.add_fault(
        {"kind": "ACCESS_DENIED", "match": {"operation": "GetLaunchConfiguration", "account": EAST}}
    )
    looked = check_plan(cloud, plan_id)
    (server,) = looked["servers"]
    assert (looked["readyCount"], looked["notCheckedCount"]) == (0, 1)
    assert (server["readiness"], server["findings"][0]["code"]) == ("DEGRADED", "NOT_CHECKED")
    assert "AccessDenied" in server["findings"][0]["reason"]


def test_preflight_names_the_holder_and_what_a_recovery_would_do(
    admin: RestClient, cloud: LocalCloud, make_plan: Make
) -> None:
    plan_id, _ = make_plan(1)
    drill = start(admin, plan_id).body["execution"]["executionId"]
    again = check_plan(cloud, plan_id)
    assert (again["wouldStart"], drill in again["statement"]) == (False, True)
    instead = check_plan(cloud, plan_id, mode="RECOVERY")
    assert instead["wouldStart"] is True
    assert {finding["code"] for finding in instead["servers"][0]["findings"]} == {"WOULD_PREEMPT"}


def test_an_account_that_does_not_answer_does_not_hide_the_others(
    admin: RestClient, cloud: LocalCloud, new_servers: Make, new_group: Make, new_plan: Make
) -> None:
    here = new_group(sourceServerIds=new_servers(state="CONTINUOUS"))["groupId"]
    there = new_group(
        sourceServerIds=new_servers(account=WEST), accountId=WEST, region=REGION_OF[WEST]
    )["groupId"]  # fmt: skip
    plan_id = new_plan([here, there])["planId"]
    cloud.emulator.add_fault(
        {"kind": "ACCESS_DENIED", "match": {"operation": "DescribeSourceServers", "account": WEST}}
    )
    looked = check_plan(cloud, plan_id)
    assert [server["accountId"] for server in looked["servers"]] == [EAST]
    assert WEST in looked["statement"]
    refused = start(admin, plan_id)
    assert (refused.status, refused.details["accountId"]) == (502, WEST)
