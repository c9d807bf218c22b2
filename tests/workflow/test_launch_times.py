"""Launch times are learnt from the jobs of drills and recoveries, and the next execution goes by them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.estate import quotas
from chalicelib.domain.launches import learning
from chalicelib.domain.launches.expected_times import LEARNT_FOR
from chalicelib.store.reads.launches.launch_times import due_lessons
from chalicelib.store.tables.launches import JobRunItem, LaunchTimesItem, PlaceLineItem
from drs_emulator.records import Disk
from local.cloud import LocalCloud
from tests.waiting import eventually
from tests.workflow.afterwards import watched
from tests.workflow.drills import WEST, Drills, Server, moment

READ_LOG = {"operation": "DescribeJobLogItems"}


def test_a_drill_teaches_and_the_next_order_goes_by_it(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> None:
    (server,) = drills.servers(1, account=WEST)
    plan_id = drills.plan({"servers": [server]})
    before = _expected(drills, server)
    assert before["source"] != "OWN"
    world = drills.cloud.emulator.world
    slow = replace(world.settings.durations, launch_median=10 * world.settings.durations.launch_median)
    monkeypatch.setattr(world, "settings", replace(world.settings, durations=slow))
    drill = drills.run(plan_id)
    run = drill.server(server)
    assert (run["expectedSeconds"], run["expectedP90Seconds"]) == (before["p50Seconds"], before["p90Seconds"])
    _learn(drills.cloud)
    learnt = _expected(drills, server)
    took, ended_at = _took(drills, drill.execution_id, server)
    assert (learnt["source"], learnt["samples"], moment(learnt["asOf"])) == ("OWN", 1, ended_at)
    assert learnt["p50Seconds"] == pytest.approx((took + before["p50Seconds"]) / 2, abs=0.002)
    assert learnt["p90Seconds"] > learnt["p50Seconds"]
    watched(drills.cloud)
    assert _expected(drills, server) == learnt, "a job teaches once"

    monkeypatch.setattr(quotas, "SERVERS_IN_JOBS", 1)
    (other,) = drills.servers(1, account=WEST)
    fault = drills.fault("LAUNCH_STUCK", other)
    drills.drs(WEST).start_recovery(sourceServers=[{"sourceServerID": other.server_id}], isDrill=True)
    recovery = drills.start(plan_id, mode="RECOVERY", reason="us-west-2 is failing")
    (line,) = eventually(lambda: [item for item in PlaceLineItem.scan() if item.execution_id == recovery])
    (bunch,) = line.bunches
    assert bunch.expected_seconds == pytest.approx(learnt["p50Seconds"], rel=0.05)
    assert bunch.expected_seconds > 2 * before["p50Seconds"]
    drills.cloud.emulator.remove_fault(fault)
    ended = drills.ended(recovery)
    assert ended.server(server)["expectedSeconds"] == ended.waves[1]["expectedSeconds"] == learnt["p50Seconds"]
    _learn(drills.cloud)
    assert _expected(drills, server)["samples"] == 2, "recoveries teach too"


def test_other_servers_of_the_kind_are_expected_to_take_as_long(drills: Drills) -> None:
    large: dict[str, Any] = {"os": "WINDOWS", "disks": [Disk(device_name="c:0", size_bytes=2 * 1024**4)]}
    taught = drills.servers(9, **large)
    (other,) = drills.servers(1, **large)
    (linux,) = drills.servers(1)
    drills.cloud.scheduler.run_now("inventory-sync")
    run = drills.run(drills.plan({"servers": taught}))
    _learn(drills.cloud)
    of_kind = _expected(drills, other)
    times = sorted(_took(drills, run.execution_id, server)[0] for server in taught)
    assert (of_kind["source"], of_kind["samples"]) == ("KIND", learning.MOST_OF_JOB)
    assert times[0] <= of_kind["p50Seconds"] <= times[-1]
    assert _expected(drills, linux)["source"] != "OWN"
    kept = drills.query("get_server_status", serverId=other.server_id)
    assert kept["expectedLaunch"] == of_kind, "as the inventory has it"


def test_a_failed_launch_teaches_nothing(drills: Drills) -> None:
    good, bad = drills.servers(2)
    drills.fault("LAUNCH_FAILED", bad)
    drills.run(drills.plan({"servers": [good, bad]}))
    _learn(drills.cloud)
    assert _expected(drills, good)["source"] == "OWN"
    assert _expected(drills, bad)["source"] != "OWN"


def test_a_log_that_cannot_be_read_fails_no_run_and_is_tried_again_for_a_while(
    drills: Drills, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = drills.servers(2)
    fault = drills.fault("ACCESS_DENIED", match=READ_LOG)
    drill = drills.run(drills.plan({"servers": [first]}))
    assert drill.status == "COMPLETED"
    report = watched(drills.cloud)
    assert drill.execution_id not in report["failures"]
    assert _due(drill.execution_id)
    drills.cloud.emulator.remove_fault(fault)
    _learn(drills.cloud)
    assert _expected(drills, first)["source"] == "OWN"

    drills.fault("ACCESS_DENIED", match=READ_LOG)
    monkeypatch.setattr(learning, "TRIED_FOR", timedelta(0))
    drill = drills.run(drills.plan({"servers": [second]}))
    _learn(drills.cloud)
    assert _expected(drills, second)["source"] != "OWN"


def test_what_another_call_has_learnt_meanwhile_is_not_lost(drills: Drills, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rounds of the watchdog at once: the slower one learns again, from what the faster one has kept."""
    servers = drills.servers(2)
    drill = drills.run(drills.plan({"servers": servers}))
    (job,) = JobRunItem.query(drill.execution_id)
    _learn(drills.cloud)
    key = (f"{job.account_id}#{job.region}", servers[0].server_id)
    item = LaunchTimesItem.get(*key)
    assert (item.revision, len(item.launches)) == (1, 1)
    job.update([JobRunItem.lesson_due.set("JOB")])
    _learn(drills.cloud)
    again = LaunchTimesItem.get(*key)
    assert (again.revision, again.launches) == (1, item.launches), "learnt again, it is the same"


def test_old_launches_teach_nothing(drills: Drills) -> None:
    (server,) = drills.servers()
    drills.run(drills.plan({"servers": [server]}))
    _learn(drills.cloud)
    (item,) = [item for item in LaunchTimesItem.scan() if item.subject == server.server_id]
    (launch,) = item.launches
    assert item.expires_at == int((launch.ended_at + LEARNT_FOR).timestamp())
    old = type(launch)(launch.job_id, datetime.now(UTC) - LEARNT_FOR, *_phases(launch))
    item.update([LaunchTimesItem.launches.set((old,))])
    assert _expected(drills, server)["source"] != "OWN"


def _learn(cloud: LocalCloud) -> None:
    """Runs the watchdog until no job is due."""
    eventually(lambda: watched(cloud) and not due_lessons(1))


def _due(execution_id: str) -> bool:
    return any(item.lesson_due for item in JobRunItem.query(execution_id))


def _expected(drills: Drills, server: Server) -> Any:
    status = drills.query(
        "get_server_status", serverId=server.server_id, accountId=server.account, region=server.region, live=True
    )
    return status["expectedLaunch"]


def _took(drills: Drills, execution_id: str, server: Server) -> tuple[float, datetime]:
    """How long a server's launch took by the log of its job, and when it ended."""
    (lines,) = [
        log["lines"]
        for log in drills.query("get_job_logs", executionId=execution_id)["items"]
        if any(line["sourceServerId"] == server.server_id for line in log["lines"])
    ]
    (start,) = [line["at"] for line in lines if line["event"] == "JOB_START"]
    (end,) = [line["at"] for line in lines if _is(line, "LAUNCH_END", server)]
    return (moment(end) - moment(start)).total_seconds(), moment(end)


def _is(line: Any, event: str, server: Server) -> bool:
    return bool(line["event"] == event and line["sourceServerId"] == server.server_id)


def _phases(launch: Any) -> Iterable[float]:
    return launch.preparation_seconds, launch.conversion_seconds, launch.launch_seconds
