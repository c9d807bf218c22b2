"""The events of source `aws.drs`, in the form of the examples of AWS (user guide, "Sample events")."""

from __future__ import annotations

from collections import Counter
from typing import Any

from drs_emulator import EmulatorSettings
from drs_emulator.world import Event
from tests.contract.emulator.conftest import ACCOUNT, REGION, Served

SERVER_ARN = f"arn:aws:drs:{REGION}:{ACCOUNT}:source-server/"
POINT, LAUNCH = "DRS PIT Snapshot Taken", "DRS Source Server Launch Result"
STALLED = "DRS Source Server Data Replication Stalled Change"


def events(served: Served, kind: str) -> list[Event]:
    """Does what is due, and returns the events of a kind."""
    served.emulator.world.advance()
    return [event for event in served.events if event[2] == kind]


def listed_points(served: Served, server_id: str) -> list[Any]:
    return served.client().describe_recovery_snapshots(sourceServerID=server_id)["items"]


def test_a_launch_is_reported_with_its_job_and_the_arn_of_its_server(served: Served) -> None:
    (server_id,) = served.add_servers(1)
    job_id = served.drill(server_id)
    served.clock.pass_seconds(1000)
    detail = {"state": "RECOVERY_LAUNCH_SUCCEEDED", "job-id": job_id, "is-drill": "TRUE"}
    assert events(served, LAUNCH) == [(ACCOUNT, REGION, LAUNCH, detail, [SERVER_ARN + server_id])]


def test_a_failed_recovery_is_reported_as_such(served: Served) -> None:
    (server_id,) = served.add_servers(1)
    served.emulator.add_fault({"kind": "LAUNCH_FAILED"})
    job_id = served.drill(server_id, is_drill=False)
    served.clock.pass_seconds(1000)
    (event,) = events(served, LAUNCH)
    assert event[3] == {"state": "RECOVERY_LAUNCH_FAILED", "job-id": job_id, "is-drill": "FALSE"}


def test_the_beginning_and_the_end_of_a_stall_are_reported(served: Served) -> None:
    (server_id,) = served.add_servers(1)
    for state in ("STALLED", "STALLED", "CONTINUOUS"):
        served.emulator.set_replication(ACCOUNT, REGION, server_id, state=state)
    seen = [(event[3], event[4]) for event in events(served, STALLED)]
    assert seen == [({"state": state}, [SERVER_ARN + server_id]) for state in ("STALLED", "NOT_STALLED")]


def test_every_point_of_every_server_is_reported_with_the_ids_that_drs_lists(served: Served) -> None:
    server_ids = served.add_servers(3)
    before = {point["snapshotID"] for server_id in server_ids for point in listed_points(served, server_id)}
    served.clock.pass_seconds(1800)
    seen = events(served, POINT)
    listed = [point for server_id in server_ids for point in listed_points(served, server_id)]
    new = {point["snapshotID"]: point for point in listed if point["snapshotID"] not in before}
    assert Counter(event[3]["DrsSnapshotID"] for event in seen) == Counter(list(new))
    assert len(new) == 9  # at 12:10, 12:20 and 12:30
    for _, _, _, detail, resources in seen:
        point = new[detail["DrsSnapshotID"]]
        assert resources == [SERVER_ARN + point["sourceServerID"]]
        assert detail == {
            "DrsSnapshotID": point["snapshotID"],
            "EbsSnapshotIDs": ",".join(point["ebsSnapshots"]),
        }


def test_a_job_reports_the_snapshot_that_it_takes(served: Served) -> None:
    (server_id,) = served.add_servers(1)
    served.drill(server_id)
    served.clock.pass_seconds(60)
    (event,) = events(served, POINT)
    assert event[4] == [SERVER_ARN + server_id]
    assert event[3]["DrsSnapshotID"].startswith("pit-")
    assert event[3]["EbsSnapshotIDs"].startswith("snap-")


def test_no_point_is_reported_that_is_not_taken(served: Served) -> None:
    stalled, stopped, healthy = served.add_servers(3)
    served.emulator.set_replication(ACCOUNT, REGION, stalled, state="STALLED")
    served.client().stop_replication(sourceServerID=stopped)
    served.clock.pass_seconds(900)
    assert {tuple(event[4]) for event in events(served, POINT)} == {(SERVER_ARN + healthy,)}


def test_a_clock_that_is_set_forward_by_months_is_followed_at_once(served: Served) -> None:
    (server_id,) = served.add_servers(1)
    served.clock.pass_seconds(120)
    served.emulator.world.advance()
    served.clock.pass_seconds(200 * 86_400)
    assert len(events(served, POINT)) == 1
    served.clock.pass_seconds(600)
    seen = [event[3]["DrsSnapshotID"] for event in events(served, POINT)]
    assert seen == [point["snapshotID"] for point in listed_points(served, server_id)][-2:]


def test_points_keep_the_time_of_the_clock_when_the_speed_changes(served: Served) -> None:
    served.add_servers(1)
    served.clock.pass_seconds(90)
    served.emulator.set_speed(60)
    served.clock.pass_seconds(209)  # 12:09:59
    assert events(served, POINT) == []
    served.emulator.set_speed(0.5)
    served.clock.pass_seconds(5)
    assert len(events(served, POINT)) == 1


def test_an_event_can_be_lost(served: Served) -> None:
    served.emulator.add_fault({"kind": "LOST_EVENT", "parameters": {"detailType": LAUNCH}})
    served.emulator.add_fault({"kind": "LOST_EVENT", "match": {"hostname": "app-1"}})
    servers = served.add_servers(2)
    job_id = served.drill(*servers)
    served.clock.pass_seconds(1000)
    assert served.statuses(job_id) == {"LAUNCHED"}
    assert events(served, LAUNCH) == []
    assert {tuple(event[4]) for event in events(served, POINT)} == {(SERVER_ARN + servers[0],)}


def test_events_are_best_effort(settings: EmulatorSettings, serve_with: Any) -> None:
    seen: list[str] = []

    def broken(_account: str, _region: str, detail_type: str, *_others: Any) -> None:
        seen.append(detail_type)
        raise RuntimeError("The event bus is down.")

    served = serve_with(settings, publish=broken)
    job_id = served.drill(*served.add_servers(2))
    served.clock.pass_seconds(1000)
    assert served.statuses(job_id) == {"LAUNCHED"}
    assert seen.count(LAUNCH) == 2
