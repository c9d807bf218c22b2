"""Failback: servers are recovered, replicated back and launched at their origin; and what is refused."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.store.tables.runs import ServerLeaseItem
from drs_emulator.settings import Throttling
from drs_emulator.throttle import Throttle
from local.cloud import LocalCloud
from tests.conftest import Clouds
from tests.integration.conftest import EAST, REGION_OF, WEST, Answer, RestClient, audit_entries
from tests.waiting import eventually

ORIGIN = "eu-west-1"
PATHS = {"reverse": "/drs/failback/reverse-replication", "start": "/drs/failback/start", "stop": "/drs/failback/stop"}


@pytest.fixture
def cloud(clouds: Clouds) -> Iterator[LocalCloud]:
    """DRS at a speed at which reverse replication takes half a second."""
    running = clouds.running(speed=1_000.0)
    before, running.emulator.world.throttle = running.emulator.world.throttle, Throttle(Throttling(enabled=False))
    yield running
    running.emulator.clear_faults()
    running.emulator.world.throttle = before


class Homes:
    """Recovered servers and their failback."""

    def __init__(self, cloud: LocalCloud, client: RestClient) -> None:
        self.cloud = cloud
        self.client = client

    def add(self, *, account: str = EAST, from_ec2: bool = True) -> str:
        """A replicating source server."""
        self.cloud.emulator.initialize(account, ORIGIN)
        origin: dict[str, Any] = {"origin_region": ORIGIN, "origin_account": account} if from_ec2 else {}
        name = f"home-{uuid.uuid4().hex[:8]}"
        return self.cloud.emulator.add_source_server(account, REGION_OF[account], hostname=name, **origin)

    def recover(self, *server_ids: str, account: str = EAST) -> None:
        """Recovery instances, launched past the platform as an operator would in DRS's console."""
        drs = self.cloud.client("drs", account=account, region=REGION_OF[account])
        drs.start_recovery(sourceServers=[{"sourceServerID": server_id} for server_id in server_ids])
        eventually(lambda: all(self.instance(server_id, account) for server_id in server_ids))
        eventually(lambda: all(job["status"] == "COMPLETED" for job in drs.describe_jobs()["items"]))

    def recovered(self, *, account: str = EAST, from_ec2: bool = True) -> str:
        server_id = self.add(account=account, from_ec2=from_ec2)
        self.recover(server_id, account=account)
        return server_id

    def instance(self, server_id: str, account: str = EAST) -> Any:
        drs = self.cloud.client("drs", account=account, region=REGION_OF[account])
        found = drs.describe_recovery_instances(filters={"sourceServerIDs": [server_id]})["items"]
        return found[0] if found else None

    def ask(self, what: str, *servers: tuple[str, str]) -> Answer:
        """``servers`` are (account, source server id)."""
        named = [{"accountId": each, "region": REGION_OF[each], "sourceServerId": server} for each, server in servers]
        return self.client("POST", PATHS[what], {"servers": named})

    def one(self, what: str, server_id: str, account: str = EAST) -> Any:
        answer = self.ask(what, (account, server_id))
        assert answer.status == 200, answer.body
        (result,) = answer.body["servers"]
        return result

    def look(self, server_id: str, account: str = EAST) -> Any:
        place = {"accountId": account, "region": REGION_OF[account]}
        answer = self.client.get("/drs/failback", sourceServerIds=server_id, **place)
        assert answer.status == 200, answer.body
        (result,) = answer.body["servers"]
        return result

    def until(self, state: str, server_id: str, account: str = EAST) -> Any:
        return eventually(lambda: (seen := self.look(server_id, account))["state"] == state and seen)


@pytest.fixture
def homes(cloud: LocalCloud, admin: RestClient) -> Homes:
    return Homes(cloud, admin)


def test_a_server_from_ec2_fails_back(homes: Homes) -> None:
    server_id = homes.recovered()
    before = homes.look(server_id)
    assert (before["state"], before["fromEc2"], before["outcome"]) == ("FAILBACK_NOT_STARTED", True, "OBSERVED")
    assert "Reverse" in before["remedy"]
    begun = homes.one("reverse", server_id)
    assert (begun["outcome"], begun["originRegion"]) == ("STARTED", ORIGIN)
    ready = homes.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    assert (ready["replicationState"], ready["progressPercent"]) == ("CONTINUOUS", 100)
    started = homes.one("start", server_id)
    assert started["outcome"] == "STARTED"
    job = homes.cloud.client("drs", account=EAST, region=ORIGIN).describe_jobs()["items"]
    assert started["jobId"] in [item["jobID"] for item in job]
    done = homes.until("FAILBACK_COMPLETED", server_id)
    assert done["error"] == ""
    home = homes.cloud.client("drs", account=EAST, region=ORIGIN)
    landed = home.describe_recovery_instances(filters={"sourceServerIDs": [begun["reversedServerId"]]})["items"]
    assert [item["ec2InstanceState"] for item in landed] == ["RUNNING"]


def test_a_server_from_elsewhere_fails_back_with_a_failback_client(homes: Homes) -> None:
    server_id = homes.recovered(from_ec2=False)
    refused = homes.one("reverse", server_id)
    assert refused["outcome"] == "REFUSED"
    assert "Failback Client" in refused["remedy"]
    assert homes.one("start", server_id)["outcome"] == "REFUSED"
    instance_id = homes.instance(server_id)["recoveryInstanceID"]
    homes.cloud.emulator.connect_failback_client(EAST, REGION_OF[EAST], instance_id)
    homes.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    assert homes.one("start", server_id)["outcome"] == "STARTED"
    assert homes.until("FAILBACK_COMPLETED", server_id)["jobId"].startswith("drsjob-")


def test_a_repeated_call_says_so_and_changes_nothing(homes: Homes) -> None:
    server_id = homes.recovered()
    first = homes.one("reverse", server_id)
    again = homes.one("reverse", server_id)
    assert (first["outcome"], again["outcome"]) == ("STARTED", "UNCHANGED")
    assert again["reversedServerId"] == first["reversedServerId"]
    homes.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    started = homes.one("start", server_id)
    assert homes.one("start", server_id)["outcome"] == "UNCHANGED"
    homes.until("FAILBACK_COMPLETED", server_id)
    for what in ("reverse", "start"):
        assert homes.one(what, server_id)["outcome"] == "UNCHANGED"
    assert homes.one("stop", server_id)["outcome"] == "REFUSED"
    jobs = homes.cloud.client("drs", account=EAST, region=ORIGIN).describe_jobs()["items"]
    ours = [job["jobID"] for job in jobs if first["reversedServerId"] in str(job["participatingServers"])]
    assert ours == [started["jobId"]]


def test_what_is_not_ready_is_refused_with_its_progress(homes: Homes) -> None:
    server_id = homes.recovered()
    assert "first" in homes.one("start", server_id)["remedy"]
    homes.cloud.emulator.add_fault({"kind": "FAILBACK_SYNC_STUCK", "match": {"serverIds": [server_id]}})
    homes.one("reverse", server_id)
    eventually(lambda: homes.look(server_id)["progressPercent"] == 90)
    refused = homes.one("start", server_id)
    assert refused["outcome"] == "REFUSED"
    assert "INITIAL_SYNC, 90 %" in refused["error"]


def test_stopping_ends_replication_and_it_can_begin_again(homes: Homes) -> None:
    server_id = homes.recovered()
    assert homes.one("stop", server_id)["outcome"] == "UNCHANGED"
    still = homes.cloud.emulator.add_fault({"kind": "FAILBACK_SYNC_STUCK", "match": {"serverIds": [server_id]}})
    homes.one("reverse", server_id)
    assert homes.one("stop", server_id)["outcome"] == "STOPPED"
    homes.cloud.emulator.remove_fault(still)
    assert homes.look(server_id)["state"] == "FAILBACK_NOT_STARTED"
    assert homes.one("reverse", server_id)["outcome"] == "STARTED"
    homes.until("FAILBACK_READY_FOR_LAUNCH", server_id)


def test_a_failed_reverse_replication_is_reported_and_can_be_tried_again(homes: Homes) -> None:
    server_id = homes.recovered()
    match, failure = {"serverIds": [server_id]}, {"error": "UNSTABLE_NETWORK", "rawError": "packets were lost"}
    homes.cloud.emulator.add_fault({"kind": "FAILBACK_SYNC_FAILED", "match": match, "times": 1, "parameters": failure})
    homes.one("reverse", server_id)
    seen = homes.until("FAILBACK_ERROR", server_id)
    assert seen["error"] == "UNSTABLE_NETWORK: packets were lost"
    assert homes.one("start", server_id)["remedy"] == "Reverse its replication again."
    assert homes.one("reverse", server_id)["outcome"] == "STARTED"
    homes.until("FAILBACK_READY_FOR_LAUNCH", server_id)


def test_a_launch_at_the_origin_that_fails_can_be_tried_again(homes: Homes) -> None:
    server_id = homes.recovered()
    reversed_id = homes.one("reverse", server_id)["reversedServerId"]
    homes.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    homes.cloud.emulator.add_fault({"kind": "LAUNCH_FAILED", "match": {"serverIds": [reversed_id]}, "times": 1})
    homes.one("start", server_id)
    homes.until("FAILBACK_ERROR", server_id)
    eventually(lambda: homes.one("start", server_id)["outcome"] == "STARTED")
    homes.until("FAILBACK_COMPLETED", server_id)


def test_a_state_that_drs_does_not_show_is_read_at_the_origin(homes: Homes) -> None:
    server_id = homes.recovered()
    homes.one("reverse", server_id)
    homes.until("FAILBACK_READY_FOR_LAUNCH", server_id)
    homes.cloud.emulator.add_fault({"kind": "FAILBACK_STATE_UNAVAILABLE", "match": {"serverIds": [server_id]}})
    assert homes.instance(server_id)["failback"]["state"] == "FAILBACK_LAUNCH_STATE_NOT_AVAILABLE"
    assert homes.one("start", server_id)["outcome"] == "STARTED"
    homes.until("FAILBACK_COMPLETED", server_id)


def test_one_bad_server_stops_no_other_in_two_accounts(homes: Homes) -> None:
    east, west = homes.recovered(), homes.recovered(account=WEST)
    denied = {"operation": "ReverseReplication", "account": WEST}
    fault = homes.cloud.emulator.add_fault({"kind": "ACCESS_DENIED", "match": denied})
    named = [(EAST, east), (WEST, west), (EAST, "s-00000000000000000"), ("999988887777", "s-00000000000000001")]
    REGION_OF.setdefault("999988887777", "us-east-1")
    try:
        answer = homes.ask("reverse", *named)
    finally:
        del REGION_OF["999988887777"]
    assert [server["outcome"] for server in answer.body["servers"]] == ["STARTED", "FAILED", "REFUSED", "FAILED"]
    _, no_access, unknown, stranger = answer.body["servers"]
    assert "AccessDenied" in no_access["error"]
    assert "no recovery instance" in unknown["error"]
    assert "is not a target account" in stranger["error"]
    homes.cloud.emulator.remove_fault(fault)
    assert homes.one("reverse", west, WEST)["outcome"] == "STARTED"
    homes.until("FAILBACK_READY_FOR_LAUNCH", east)
    homes.until("FAILBACK_READY_FOR_LAUNCH", west, WEST)
    both = homes.ask("start", (EAST, east), (WEST, west)).body["servers"]
    assert [server["outcome"] for server in both] == ["STARTED", "STARTED"]
    assert len({server["jobId"] for server in both}) == 2


def test_a_place_that_cannot_be_read_fails_its_own_servers_only(homes: Homes) -> None:
    east, west = homes.recovered(), homes.recovered(account=WEST)
    homes.cloud.emulator.add_fault(
        {"kind": "ACCESS_DENIED", "match": {"operation": "DescribeRecoveryInstances", "account": WEST}}
    )
    results = homes.ask("reverse", (WEST, west), (EAST, east)).body["servers"]
    assert [server["outcome"] for server in results] == ["FAILED", "STARTED"]


def test_a_throttled_call_is_sent_again(homes: Homes) -> None:
    server_id = homes.recovered()
    homes.cloud.emulator.add_fault({"kind": "THROTTLE", "match": {"operation": "ReverseReplication"}, "times": 1})
    assert homes.one("reverse", server_id)["outcome"] == "STARTED"


def test_a_lost_answer_is_unknown_and_repeating_finds_what_was_done(homes: Homes) -> None:
    server_id = homes.recovered()
    homes.cloud.emulator.add_fault(
        {"kind": "DROPPED_CONNECTION", "match": {"operation": "ReverseReplication"}, "times": 1}
    )
    assert homes.one("reverse", server_id)["outcome"] == "UNKNOWN"
    assert homes.one("reverse", server_id)["outcome"] == "UNCHANGED"


def test_a_server_that_an_execution_holds_is_refused_with_the_holder(homes: Homes) -> None:
    server_id = homes.recovered()
    lease = ServerLeaseItem(
        key=f"{EAST}#{REGION_OF[EAST]}#{server_id}", execution_id="exec-of-another", taken_at=datetime.now(UTC)
    )
    lease.save()
    refused = homes.one("reverse", server_id)
    lease.delete()
    assert refused["outcome"] == "REFUSED"
    assert "exec-of-another" in refused["error"]
    assert homes.look(server_id)["state"] == "FAILBACK_NOT_STARTED"


def test_an_execution_that_has_ended_fails_back_and_records_it_in_its_timeline(
    homes: Homes, new_group: Any, new_plan: Any
) -> None:
    servers = [homes.add(), homes.add()]
    plan = new_plan([new_group(sourceServerIds=servers)["groupId"]])
    started = homes.client("POST", "/executions", {"planId": plan["planId"], "mode": "RECOVERY", "reason": "Flood"})
    execution_id = started.body["execution"]["executionId"]
    early = homes.client("POST", PATHS["reverse"], {"executionId": execution_id})
    assert (early.status, early.error) == (409, "IllegalTransition")
    eventually(lambda: homes.client.get(f"/executions/{execution_id}").body["execution"]["status"] == "COMPLETED")

    def ask(what: str) -> Any:
        return homes.client("POST", PATHS[what], {"executionId": execution_id})

    reversed_ = ask("reverse")
    assert reversed_.body["counts"] == {"STARTED": 2}
    assert ask("reverse").body["counts"] == {"UNCHANGED": 2}
    ready = {"FAILBACK_READY_FOR_LAUNCH": 2}
    eventually(lambda: homes.client.get("/drs/failback", executionId=execution_id).body["counts"] == ready)
    assert ask("start").body["counts"] == {"STARTED": 2}
    done = {"FAILBACK_COMPLETED": 2}
    eventually(lambda: homes.client.get("/drs/failback", executionId=execution_id).body["counts"] == done)
    events = homes.client.all_items(f"/executions/{execution_id}/events")
    kinds = [event["kind"] for event in events if event["kind"].startswith("FAILBACK")]
    assert kinds == ["FAILBACK_REVERSED", "FAILBACK_STARTED"]
    headers = {name.lower(): value for name, value in reversed_.headers.items()}
    (entry,) = audit_entries(headers["x-amzn-requestid"])
    assert (entry.operation, execution_id in str(entry.resource_ids)) == ("reverse_replication", True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "executionId"),
        (
            {"executionId": "exec-1", "servers": [{"accountId": EAST, "region": "us-east-1", "sourceServerId": "s-1"}]},
            "executionId",
        ),
        ({"servers": [{"accountId": EAST, "region": "us-east-1"}]}, "servers[0]"),
        ({"servers": [{"accountId": EAST, "region": "us-east-1", "sourceServerId": "s-1"}] * 201}, "servers"),
    ],
)
def test_an_invalid_selection_is_refused_by_field(homes: Homes, body: Any, field: str) -> None:
    for path in PATHS.values():
        answer = homes.client("POST", path, body)
        assert (answer.status, list(answer.problems)) == (400, [field])


def test_an_unknown_execution_is_not_found(homes: Homes) -> None:
    assert homes.client("POST", PATHS["start"], {"executionId": "exec-unknown"}).status == 404
    assert homes.client.get("/drs/failback", executionId="exec-unknown").status == 404
