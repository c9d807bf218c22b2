"""A world is saved at any moment and restored elsewhere; jobs, faults and failbacks continue where they were."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drs_emulator import Clock, Emulator, EmulatorSettings, ScenarioError, Throttling
from drs_emulator.object_graph import NotReadable, NotSavable, read_graph, write_graph
from tests.contract.emulator.conftest import ACCOUNT, OTHER_ACCOUNT, REGION
from tests.contract.emulator.test_emulator_admin import admin

HOME = "eu-west-1"
SETTINGS = EmulatorSettings(seed=11, throttling=Throttling(enabled=False))


def call(emulator: Emulator, operation: str, account: str = ACCOUNT, region: str = REGION, **body: Any) -> Any:
    answer = emulator.respond(account=account, region=region, operation=operation, body=body)
    assert answer.status < 300, answer.body
    return json.loads(answer.body or b"{}")


def busy_world(clock: Clock) -> Emulator:
    """Returns an emulator with a drill, an extended server, a failback, a termination and faults in force."""
    emulator = Emulator(SETTINGS, clock=clock)
    for account, region in ((ACCOUNT, REGION), (OTHER_ACCOUNT, REGION), (ACCOUNT, HOME)):
        emulator.initialize(account, region)
    plain = [emulator.add_source_server(ACCOUNT, REGION, hostname=f"app-{number}") for number in range(3)]
    stuck = emulator.add_source_server(ACCOUNT, REGION, hostname="stuck")
    lost = emulator.add_source_server(ACCOUNT, REGION, hostname="lost")
    home = emulator.add_source_server(
        ACCOUNT, REGION, hostname="home", origin_account=ACCOUNT, origin_region=HOME, origin_instance_id="i-0123456789"
    )
    original = emulator.add_source_server(OTHER_ACCOUNT, REGION, hostname="extended")
    arn = call(emulator, "DescribeSourceServers", OTHER_ACCOUNT)["items"][0]["arn"]
    assert original in arn
    extended = call(emulator, "CreateExtendedSourceServer", sourceServerArn=arn)["sourceServer"]["sourceServerID"]
    recovered = call(emulator, "StartRecovery", sourceServers=[{"sourceServerID": home}, {"sourceServerID": lost}])
    clock.advance(hours=1)
    instances = {
        each["sourceServerID"]: each["recoveryInstanceID"]
        for each in call(emulator, "DescribeJobs", filters={"jobIDs": [recovered["job"]["jobID"]]})["items"][0][
            "participatingServers"
        ]
    }
    fresh = emulator.add_source_server(ACCOUNT, REGION, hostname="fresh", replication_state="STOPPED")
    call(emulator, "StartReplication", sourceServerID=fresh)
    call(emulator, "ReverseReplication", recoveryInstanceID=instances[home])
    call(emulator, "TerminateRecoveryInstances", recoveryInstanceIDs=[instances[lost]])
    emulator.add_fault({"id": "held", "kind": "CONVERSION_STUCK", "match": {"hostname": "stuck"}, "times": 1})
    emulator.add_fault({"kind": "LAUNCH_FAILED", "match": {"hostname": "app-1"}, "times": 1})
    wanted = [{"sourceServerID": server_id} for server_id in (*plain, stuck, extended)]
    call(emulator, "StartRecovery", sourceServers=wanted, isDrill=True)
    return emulator


def shown(emulator: Emulator) -> str:
    """Returns all that the API shows of the world, as text."""
    found: dict[str, Any] = {}
    for account, region in ((ACCOUNT, REGION), (OTHER_ACCOUNT, REGION), (ACCOUNT, HOME)):
        for operation in ("DescribeSourceServers", "DescribeJobs", "DescribeRecoveryInstances"):
            found[f"{account} {region} {operation}"] = call(emulator, operation, account, region)["items"]
        for job in found[f"{account} {region} DescribeJobs"]:
            log = call(emulator, "DescribeJobLogItems", account, region, jobID=job["jobID"])["items"]
            found[f"{account} {job['jobID']}"] = log
    found["faults"] = [(fault.rule.fault_id, fault.struck) for fault in emulator.world.faults.list_standing()]
    return json.dumps(found, indent=1, sort_keys=True)


def restored(saved: Any, clock: Clock) -> Emulator:
    emulator = Emulator(SETTINGS, clock=clock)
    emulator.restore_world(json.loads(json.dumps(saved)))
    return emulator


@settings(deadline=None, max_examples=25)
@given(st.floats(0, 2000), st.floats(0, 2000))
def test_a_restored_world_goes_on_exactly_as_the_one_that_was_saved(before: float, after: float) -> None:
    clock = Clock.standing_still()
    emulator = busy_world(clock)
    clock.advance(seconds=before)
    twin_clock = Clock.standing_still(clock())
    twin = restored(emulator.save_world(), twin_clock)
    for each, its_clock in ((emulator, clock), (twin, twin_clock)):
        its_clock.advance(seconds=after)
        each.remove_fault("held")
        its_clock.advance(hours=2)
    assert shown(twin) == shown(emulator)


def test_saving_changes_nothing_and_the_copy_shares_nothing() -> None:
    clock = Clock.standing_still()
    emulator = busy_world(clock)
    clock.advance(minutes=3)
    before = shown(emulator)
    twin = restored(emulator.save_world(), clock)
    assert shown(emulator) == shown(twin) == before
    call(twin, "CreateLaunchConfigurationTemplate")
    twin.add_source_server(ACCOUNT, REGION, hostname="new")
    assert shown(emulator) == before


def test_a_job_waits_while_its_world_is_in_a_file() -> None:
    clock = Clock.standing_still()
    emulator = Emulator(SETTINGS, clock=clock)
    emulator.initialize(ACCOUNT, REGION)
    server_id = emulator.add_source_server(ACCOUNT, REGION, hostname="app")
    job_id = call(emulator, "StartRecovery", sourceServers=[{"sourceServerID": server_id}])["job"]["jobID"]
    clock.advance(minutes=4)
    later = Clock.standing_still(clock() + timedelta(days=3))
    twin = restored(emulator.save_world(), later)
    assert call(twin, "DescribeJobs")["items"][0]["status"] == "STARTED"
    later.advance(minutes=4)
    assert call(twin, "DescribeJobs")["items"][0]["status"] == "STARTED"
    later.advance(minutes=10)
    assert call(twin, "DescribeJobs")["items"][0]["status"] == "COMPLETED"
    assert call(twin, "DescribeJobLogItems", jobID=job_id)["items"][-1]["logDateTime"] > later().isoformat()[:10]


def test_a_world_is_saved_and_restored_over_http(served: Any) -> None:
    job_id = served.drill(*served.add_servers(1))
    served.clock.pass_seconds(100)
    status, saved = admin(served, "GET", "world")
    assert status == 200
    served.emulator.clear_faults()
    served.clock.pass_seconds(2000)
    assert served.job(job_id)["status"] == "COMPLETED"
    status, state = admin(served, "PUT", "world", saved)
    assert (status, state["regions"][0]["jobsInProgress"]) == (200, 1)
    assert served.job(job_id)["status"] == "STARTED"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "other"}, "world"),
        ({"version": "0.0.1"}, "world.version"),
        ({"savedAt": "yesterday"}, "world"),
        ({"objects": []}, "world"),
        ({"root": {"ref": -1}}, "world"),
        ({"root": {"what": 1}}, "world"),
        ({"speed": None}, "world"),
        ({"speed": -1}, "world"),
    ],
)
def test_what_is_not_a_saved_world_is_refused_and_nothing_changes(
    served: Any, change: dict[str, Any], field: str
) -> None:
    served.drill(*served.add_servers(1))
    saved = admin(served, "GET", "world")[1]
    status, answer = admin(served, "PUT", "world", {**saved, **change})
    assert (status, answer["field"]) == (400, field)
    assert served.emulator.save_world() == saved


def test_any_part_that_is_missing_is_found_before_the_world_is_replaced() -> None:
    emulator = busy_world(Clock.standing_still())
    saved = emulator.save_world()
    for number in range(0, len(saved["objects"]), 7):
        damaged = json.loads(json.dumps(saved))
        damaged["objects"][number] = {"object": "drs_emulator.records:Job", "fields": {}}
        with pytest.raises(ScenarioError, match="damaged"):
            emulator.restore_world(damaged)
    assert emulator.save_world() == saved


@pytest.mark.parametrize(
    "value",
    [
        {"function": "os:system"},
        {"function": "drs_emulator.server:socket.create_connection"},
        {"function": "drs_emulator.cli:argparse"},
        {"enum": ["subprocess:Popen", "true"]},
        {"method": [{"enum": ["drs_emulator.records:JobType", "LAUNCH"]}, "format"]},
    ],
)
def test_a_file_reaches_nothing_but_this_package(value: Any) -> None:
    with pytest.raises(NotReadable):
        read_graph({"root": value, "objects": []}, {})


def test_a_step_that_cannot_be_saved_is_named() -> None:
    emulator = Emulator(SETTINGS)
    with emulator.world.lock:
        emulator.world.after(emulator.clock(), 1, lambda _when: None)
    with pytest.raises(ScenarioError, match="cannot be saved"):
        emulator.save_world()
    with pytest.raises(NotSavable):
        write_graph(object(), {})
