"""The inventory of recovery instances: whose they are, how EC2 shows them, and what a sync costs and changes."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.domain.estate.accounts import Place
from chalicelib.domain.estate.recovery_instances import InstanceChange, RecoveryInstance
from chalicelib.domain.runs.existing_instances import InstanceMode
from chalicelib.store.writes.estate.recovery_instances import write_instances
from local.aws_calls import AwsCall
from tests.observed import MANAGEMENT, calls_of
from tests.waiting import eventually
from tests.workflow.afterwards import instances_of, leave_drs, plan_of
from tests.workflow.drills import EAST, REGION_OF, WEST, Drills, Server


def sync(drills: Drills) -> Any:
    return drills.ask(MANAGEMENT, "handle_sync_recovery_instances")


def shown(drills: Drills, server: Server) -> list[Any]:
    return list(drills.query_all("list_recovery_instances", sourceServerId=server.server_id))


def ec2_of(drills: Drills, server: Server) -> Any:
    return drills.cloud.client("ec2", account=server.account, region=server.region)


def calls_of_a_sync(drills: Drills) -> list[AwsCall]:
    with calls_of(drills.cloud, MANAGEMENT) as calls:
        sync(drills)
    return calls


def rows_written(calls: list[AwsCall]) -> list[str]:
    """The ids of the rows of instances that these calls write or remove."""
    batches = [call.params["RequestItems"].values() for call in calls if call.operation == "BatchWriteItem"]
    requests = [request for batch in batches for table in batch for request in table]
    rows = [part.get("Item") or part["Key"] for request in requests for part in request.values()]
    return [row["recovery_instance_id"]["S"] for row in rows if "recovery_instance_id" in row]


def recover_elsewhere(drills: Drills, server: Server) -> None:
    """A recovery that somebody starts in the console of DRS, to its end."""
    drs = drills.drs(server.account, server.region)
    job = drs.start_recovery(sourceServers=[{"sourceServerID": server.server_id}], isDrill=False)["job"]["jobID"]
    eventually(lambda: drs.describe_jobs(filters={"jobIDs": [job]})["items"][0]["status"] == "COMPLETED")


@pytest.fixture
def launched(drills: Drills) -> tuple[Server, Server, str]:
    """A server with an instance of a drill of ours, one with an instance of somebody's recovery, and the drill's id."""
    ours, (theirs,) = drills.servers()[0], drills.servers(1, account=WEST)
    run = drills.run(plan_of(drills, ours))
    recover_elsewhere(drills, theirs)
    return ours, theirs, run.execution_id


def test_instances_are_followed_from_their_launch_to_their_end(
    drills: Drills, launched: tuple[Server, Server, str]
) -> None:
    ours, theirs, execution_id = launched
    sync(drills)
    (drilled,), (recovered,) = shown(drills, ours), shown(drills, theirs)
    assert [drilled["recoveryInstanceId"]] == instances_of(drills, ours)
    assert (drilled["mode"], drilled["state"], drilled["executionId"]) == ("DRILL", "RUNNING", execution_id)
    assert (recovered["mode"], recovered["state"], recovered["executionId"]) == ("RECOVERY", "RUNNING", "")
    assert (drilled["accountId"], drilled["region"], drilled["inDrs"]) == (EAST, REGION_OF[EAST], True)
    assert all(instance["launchedAt"] and instance["jobId"] for instance in (drilled, recovered))
    here = drills.query_all("list_recovery_instances", accountId=WEST, region=REGION_OF[WEST], limit=1)
    assert recovered in list(here)

    ec2_of(drills, ours).stop_instances(InstanceIds=[drilled["recoveryInstanceId"]])
    leave_drs(drills, theirs)
    calls = calls_of_a_sync(drills)
    assert sorted(rows_written(calls)) == sorted([drilled["recoveryInstanceId"], recovered["recoveryInstanceId"]])
    asked = [call for call in calls if call.service == "drs"]
    assert {call.operation for call in asked} <= {"DescribeRecoveryInstances", "DescribeJobs"}
    # Instances of other tests may be of an unknown mode, whose jobs each sync looks for.
    jobs = {job for call in asked for job in call.params.get("filters", {}).get("jobIDs", ())}
    assert not jobs & {drilled["jobId"], recovered["jobId"]}, "how an instance was launched is looked up once"
    (stopped,), (left,) = shown(drills, ours), shown(drills, theirs)
    assert stopped == {**drilled, "state": "STOPPED", "changedAt": stopped["changedAt"]}
    assert left == {**recovered, "inDrs": False, "changedAt": left["changedAt"]}

    assert rows_written(calls_of_a_sync(drills)) == []

    ec2_of(drills, theirs).terminate_instances(InstanceIds=[left["recoveryInstanceId"]])
    assert rows_written(calls_of_a_sync(drills)) == [left["recoveryInstanceId"]]
    assert shown(drills, theirs) == []


def test_the_hostname_is_that_of_the_inventory(drills: Drills) -> None:
    (server,) = drills.servers()
    drills.ask(MANAGEMENT, "handle_sync_source_server_inventory")
    recover_elsewhere(drills, server)
    sync(drills)
    (instance,) = shown(drills, server)
    assert instance["hostname"] == server.hostname


@pytest.mark.parametrize(
    ("kind", "state"), [("THROTTLE", "THROTTLED"), ("ACCESS_DENIED", "ACCESS_DENIED"), ("UNINITIALIZED", "")]
)
def test_a_place_that_cannot_be_seen_keeps_its_rows_and_stops_no_other(drills: Drills, kind: str, state: str) -> None:
    row = RecoveryInstance(
        recovery_instance_id="i-0123456789abcdef0",
        source_server_id=f"s-{uuid.uuid4().hex[:17]}",
        account_id=EAST,
        region=REGION_OF[EAST],
        mode=InstanceMode.DRILL,
        state="RUNNING",
        launched_at=None,
        in_drs=True,
        job_id="",
        execution_id="",
        hostname="",
        changed_at=datetime.now(UTC),
    )
    write_instances(Place(EAST, REGION_OF[EAST]), InstanceChange((row,), ()))
    match = {"account": EAST, "operation": "DescribeRecoveryInstances"}
    fault = drills.cloud.emulator.add_fault({"kind": kind, "match": match})
    result = sync(drills)
    drills.cloud.emulator.remove_fault(fault)
    kept = len(list(drills.query_all("list_recovery_instances", sourceServerId=row.source_server_id)))
    sync(drills)
    place = f"{EAST}/{REGION_OF[EAST]}"
    if state:
        assert (result["outcome"], list(result["failures"])) == ("PARTIAL", [place])
        assert result["failures"][place].startswith(f"{state}: ")
        assert kept == 1
    else:
        assert (result["outcome"], kept) == ("COMPLETED", 0)


def test_an_instance_that_neither_drs_nor_a_record_explains_is_unknown(drills: Drills) -> None:
    (server,) = drills.servers()
    tags = [{"Key": "AWSElasticDisasterRecoverySourceServerID", "Value": server.server_id}]
    ec2 = ec2_of(drills, server)
    made = ec2.run_instances(
        ImageId="ami-0123456789abcdef0",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )["Instances"][0]["InstanceId"]
    sync(drills)
    (instance,) = shown(drills, server)
    ec2.terminate_instances(InstanceIds=[made])
    assert (instance["recoveryInstanceId"], instance["mode"], instance["inDrs"]) == (made, "UNKNOWN", False)


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [({}, {"accountId", "region"}), ({"accountId": EAST}, {"region"}), ({"region": "us-east-1"}, {"accountId"})],
)
def test_a_list_needs_a_place_or_a_server(drills: Drills, asked: dict[str, str], wrong: set[str]) -> None:
    refused = drills.ask("query-handler", "list_recovery_instances", **asked)
    assert {problem["field"] for problem in refused.details["problems"]} == wrong
