"""A drill from its start to the clean-up, compared with the measured one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from statistics import median
from typing import Any

import pytest
from botocore.exceptions import ClientError

from drs_emulator import EmulatorSettings

# Event → the least and most seconds after creation; measured in a real drill of two small Linux servers.
REAL_DRILL = {
    "JOB_START": (0.4, 0.4),
    "SNAPSHOT_START": (0.8, 1.0),
    "SNAPSHOT_END": (0.8, 1.1),
    "CONVERSION_START": (45, 60),
    "CONVERSION_END": (190, 310),
    "LAUNCH_START": (190, 311),
    "LAUNCH_END": (420, 680),
    "JOB_END": (422, 685),
}


def seconds_by_event(served: Any, job_id: str) -> dict[str, list[float]]:
    created = served.job(job_id)["creationDateTime"]
    found: dict[str, list[float]] = {}
    for item in served.log(job_id):
        passed = served_seconds(item["logDateTime"], created)
        found.setdefault(item["event"], []).append(passed)
    return found


def served_seconds(later: str, earlier: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def test_the_timeline_has_the_shape_of_a_real_drill(served: Any) -> None:
    job_id = served.drill(*served.add_servers(2))
    served.clock.pass_seconds(1000)
    seen = seconds_by_event(served, job_id)
    assert list(seen) == list(REAL_DRILL)
    for event, (least, most) in REAL_DRILL.items():
        assert all(least <= seconds <= most for seconds in seen[event]), (event, seen[event])
    # Almost in step: conversions start together, and launches end close to each other.
    assert len(set(seen["CONVERSION_START"])) == 1
    assert max(seen["LAUNCH_END"]) - min(seen["LAUNCH_END"]) < 120


def test_typical_durations_are_those_that_were_measured(served: Any) -> None:
    job_id = served.drill(*served.add_servers(60))
    served.clock.pass_seconds(1000)
    seen = seconds_by_event(served, job_id)
    conversion = median(seen["CONVERSION_END"]) - seen["CONVERSION_START"][0]
    launch = median(seen["LAUNCH_END"]) - median(seen["LAUNCH_START"])
    assert 180 < conversion < 200
    assert 280 < launch < 310


def windows_servers(served: Any, count: int) -> list[str]:
    return [
        served.emulator.add_source_server("111111111111", "us-east-1", hostname=f"win-{n}", os="WINDOWS")
        for n in range(count)
    ]


def test_windows_servers_take_the_measured_time_which_is_that_of_their_conversion(served: Any) -> None:
    job_id = served.drill(*windows_servers(served, 60))
    served.clock.pass_seconds(4000)
    seen = seconds_by_event(served, job_id)
    assert 150 <= seen["CONVERSION_START"][0] <= 200
    conversion = median(seen["CONVERSION_END"]) - seen["CONVERSION_START"][0]
    launch = median(seen["LAUNCH_END"]) - median(seen["LAUNCH_START"])
    assert 13 * 60 < conversion < 14 * 60
    assert 5.5 * 60 < launch < 6.5 * 60
    assert max(seen["LAUNCH_END"]) - median(seen["LAUNCH_START"]) > 900, "No first boot took long."


def test_a_windows_server_delays_the_conversion_of_all_servers_of_its_job(served: Any) -> None:
    job_id = served.drill(*served.add_servers(2), *windows_servers(served, 1))
    served.clock.pass_seconds(4000)
    assert all(150 <= seconds <= 200 for seconds in seconds_by_event(served, job_id)["CONVERSION_START"])


@pytest.mark.parametrize("os", ["LINUX", "WINDOWS"])
def test_recovery_mode_fast_skips_the_conversion(served: Any, os: str) -> None:
    (server_id,) = served.add_servers(1, os=os)
    served.client().update_launch_configuration(sourceServerID=server_id, recoveryMode="FAST")
    job_id = served.drill(server_id)
    served.clock.pass_seconds(4000)
    seen = seconds_by_event(served, job_id)
    assert "CONVERSION_START" not in seen
    assert seen["LAUNCH_START"][0] < 201
    assert served.statuses(job_id) == {"LAUNCHED"}


def test_the_progress_of_a_job_is_shown_step_by_step(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    job_id = served.drill(server_id)
    assert served.job(job_id)["status"] == "PENDING"
    served.clock.pass_seconds(300)
    under_way = served.job(job_id)
    assert (under_way["status"], served.statuses(job_id)) == ("STARTED", {"IN_PROGRESS"})
    assert "recoveryInstanceID" not in under_way["participatingServers"][0]
    assert served.client().describe_recovery_instances()["items"] == []
    served.clock.pass_seconds(700)
    done = served.job(job_id)
    assert (done["status"], done["initiatedBy"], done["type"]) == ("COMPLETED", "START_DRILL", "LAUNCH")
    (instance,) = served.client().describe_recovery_instances(filters={"sourceServerIDs": [server_id]})["items"]
    assert instance["recoveryInstanceID"] == done["participatingServers"][0]["recoveryInstanceID"]
    assert (instance["isDrill"], instance["ec2InstanceState"], instance["jobID"]) == (True, "RUNNING", job_id)
    server = served.client().describe_source_servers(filters={"sourceServerIDs": [server_id]})["items"][0]
    assert server["lastLaunchResult"] == "SUCCEEDED"
    assert server["lifeCycle"]["lastLaunch"]["initiated"]["type"] == "DRILL"
    assert server["recoveryInstanceId"] == instance["recoveryInstanceID"]


def test_the_end_of_a_job_is_when_it_ended_not_when_it_was_read(served: Any) -> None:
    job_id = served.drill(*served.add_servers(1))
    served.clock.pass_seconds(50_000)
    job = served.job(job_id)
    assert job["endDateTime"] == served.log(job_id)[-1]["logDateTime"]
    assert served_seconds(job["endDateTime"], job["creationDateTime"]) < 700


def test_the_same_seed_gives_the_same_drill(settings: EmulatorSettings, serve_with: Any) -> None:
    def drill(seed: int, reverse: bool) -> dict[str, list[float]]:
        served = serve_with(replace(settings, seed=seed))
        ids = served.add_servers(3)
        job_id = served.drill(*(reversed(ids) if reverse else ids))
        served.clock.pass_seconds(1000)
        return {event: sorted(times) for event, times in seconds_by_event(served, job_id).items()}

    assert drill(7, reverse=False) == drill(7, reverse=True)
    assert drill(7, reverse=False) != drill(8, reverse=False)


def test_speed_divides_all_durations(settings: EmulatorSettings, serve_with: Any) -> None:
    served = serve_with(replace(settings, speed=100.0))
    job_id = served.drill(*served.add_servers(2))
    served.clock.pass_seconds(10)
    job = served.job(job_id)
    assert job["status"] == "COMPLETED"
    assert 4.2 < served_seconds(job["endDateTime"], job["creationDateTime"]) < 6.9


def test_changing_the_speed_keeps_the_progress_of_a_running_job(served: Any) -> None:
    job_id = served.drill(*served.add_servers(1))
    served.clock.pass_seconds(400)
    served.emulator.set_speed(1000)
    served.clock.pass_seconds(0.5)
    assert served.job(job_id)["status"] == "COMPLETED"


def test_status_may_settle_after_the_job_is_completed(settings: EmulatorSettings, serve_with: Any) -> None:
    served = serve_with(replace(settings, late_status_probability=1.0, late_participants_probability=1.0))
    job_id = served.drill(*served.add_servers(1))
    assert served.job(job_id)["participatingServers"] == []
    while served.job(job_id)["status"] != "COMPLETED":
        served.clock.pass_seconds(1)
    assert served.statuses(job_id) == {"IN_PROGRESS"}
    served.clock.pass_seconds(4)
    assert served.statuses(job_id) == {"LAUNCHED"}


def test_terminating_removes_the_instances_from_drs(served: Any) -> None:
    ids = served.add_servers(3)
    served.drill(*ids, is_drill=False)
    served.clock.pass_seconds(1000)
    client = served.client()
    instances = [item["recoveryInstanceID"] for item in client.describe_recovery_instances()["items"]]
    job = client.terminate_recovery_instances(recoveryInstanceIDs=instances)["job"]
    assert (job["type"], job["initiatedBy"]) == ("TERMINATE", "TERMINATE_RECOVERY_INSTANCES")
    assert job["participatingServers"] == []
    with pytest.raises(ClientError, match="ConflictException"):
        served.drill(ids[0])
    served.clock.pass_seconds(10)
    assert {item["ec2InstanceState"] for item in client.describe_recovery_instances()["items"]} == {"SHUTTING-DOWN"}
    served.clock.pass_seconds(600)
    assert served.job(job["jobID"])["status"] == "COMPLETED"
    assert client.describe_recovery_instances()["items"] == []
    assert [event for event in served.events_of(job["jobID"]) if event == "CLEANUP_END"] == ["CLEANUP_END"] * 3


@pytest.mark.parametrize("earlier_is_drill", [True, False])
@pytest.mark.parametrize("later_is_drill", [True, False])
def test_a_launch_ends_the_earlier_instance_whatever_either_is(
    served: Any, earlier_is_drill: bool, later_is_drill: bool
) -> None:
    (server_id,) = served.add_servers(1)
    served.drill(server_id, is_drill=earlier_is_drill)
    served.clock.pass_seconds(1000)
    (before,) = served.client().describe_recovery_instances()["items"]
    second = served.drill(server_id, is_drill=later_is_drill)
    served.clock.pass_seconds(1000)
    (after,) = served.client().describe_recovery_instances()["items"]
    assert after["recoveryInstanceID"] != before["recoveryInstanceID"]
    cleanup = [item for item in served.log(second) if item["event"].startswith("CLEANUP")]
    assert [item["event"] for item in cleanup] == ["CLEANUP_START", "CLEANUP_END"]
    assert {item["eventData"]["targetInstanceID"] for item in cleanup} == {before["recoveryInstanceID"]}


def test_a_launch_leaves_the_instances_of_other_servers_alone(served: Any) -> None:
    first, second = served.add_servers(2)
    served.drill(first, is_drill=False)
    served.clock.pass_seconds(1000)
    served.drill(second)
    served.clock.pass_seconds(1000)
    found = served.client().describe_recovery_instances()["items"]
    assert [item["sourceServerID"] for item in found] == [first, second]


def test_a_recovery_instance_can_be_deleted_only_after_it_was_disconnected(served: Any) -> None:
    served.drill(*served.add_servers(1), is_drill=False)
    served.clock.pass_seconds(1000)
    client = served.client()
    instance_id = client.describe_recovery_instances()["items"][0]["recoveryInstanceID"]
    with pytest.raises(ClientError, match="ConflictException"):
        client.delete_recovery_instance(recoveryInstanceID=instance_id)
    client.disconnect_recovery_instance(recoveryInstanceID=instance_id)
    client.delete_recovery_instance(recoveryInstanceID=instance_id)
    assert client.describe_recovery_instances()["items"] == []


def test_jobs_are_listed_newest_first_and_page_by_page(served: Any) -> None:
    job_ids = []
    for server_id in served.add_servers(5):
        job_ids.append(served.drill(server_id))
        served.clock.pass_seconds(1)
    pages = served.client().get_paginator("describe_jobs").paginate(PaginationConfig={"PageSize": 2})
    assert [job["jobID"] for page in pages for job in page["items"]] == job_ids[::-1]
    third = served.job(job_ids[2])["creationDateTime"]
    since = served.client().describe_jobs(filters={"fromDate": third})["items"]
    assert [job["jobID"] for job in since] == job_ids[:1:-1]
    until = served.client().describe_jobs(filters={"toDate": third})["items"]
    assert [job["jobID"] for job in until] == job_ids[2::-1]


def test_new_jobs_do_not_shift_the_pages(served: Any) -> None:
    ids = served.add_servers(4)
    known = [served.drill(server_id) for server_id in ids[:3]]
    first = served.client().describe_jobs(maxResults=2)
    served.drill(ids[3])
    second = served.client().describe_jobs(maxResults=2, nextToken=first["nextToken"])
    assert [job["jobID"] for job in first["items"] + second["items"]] == known[::-1]


def test_only_a_finished_job_can_be_deleted(served: Any) -> None:
    job_id = served.drill(*served.add_servers(1))
    with pytest.raises(ClientError, match="ConflictException"):
        served.client().delete_job(jobID=job_id)
    served.clock.pass_seconds(1000)
    served.client().delete_job(jobID=job_id)
    assert served.client().describe_jobs()["items"] == []


def test_tags_of_the_call_become_tags_of_the_job(served: Any) -> None:
    (server_id,) = served.add_servers(1)
    started = served.client().start_recovery(sourceServers=[{"sourceServerID": server_id}], tags={"run": "r-1"})
    assert served.job(started["job"]["jobID"])["tags"] == {"run": "r-1"}
