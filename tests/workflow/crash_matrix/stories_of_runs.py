"""Runs that go well, runs in which DRS fails, and runs whose state machine breaks."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.estate import quotas
from chalicelib.store.tables.launches import JobRunItem, LaunchTimesItem, PlaceLineItem
from chalicelib.store.tables.runs import WaveRunItem
from chalicelib.store.writes.launches import launch_times
from tests.workflow.crash_matrix.stage import Stage
from tests.workflow.crash_matrix.story import SMALL_TRANSACTIONS, Story
from tests.workflow.drills import EAST, WEST, Run, Server

LAUNCH = {"operation": "StartRecovery"}


def a_drill_of_two_waves_over_two_accounts(stage: Stage) -> None:
    servers = [*stage.drills.servers(), *stage.drills.servers(1, account=WEST), *stage.drills.servers()]
    plan_id = stage.plan({"servers": servers[:2]}, {"servers": servers[2:]})
    run = stage.ended(stage.start(plan_id))
    assert run.wave_statuses == ["COMPLETED", "COMPLETED"]
    require_one_launch(run, servers)
    (listed,) = stage.drills.query_all("list_executions", planId=plan_id)
    assert listed["executionId"] == run.execution_id


def a_launch_whose_servers_were_not_marked(stage: Stage) -> None:
    servers = stage.drills.servers(2)
    require_one_launch(stage.ended(stage.start(stage.plan({"servers": servers}))), servers)


def a_launch_whose_answer_is_lost(stage: Stage) -> None:
    servers = stage.drills.servers()
    stage.drills.fault("DROPPED_CONNECTION", *servers, match=LAUNCH, times=1)
    require_one_launch(stage.ended(stage.start(stage.plan({"servers": servers}))), servers)


def a_launch_that_is_denied(stage: Stage) -> None:
    """The wave behind it never starts, and says why."""
    bad, good = stage.drills.servers(2)
    stage.drills.fault("ACCESS_DENIED", bad, match=LAUNCH)
    plan_id = stage.plan({"servers": [bad]}, {"servers": [good]})
    run = stage.ended(stage.start(plan_id), "FAILED")
    assert run.wave_statuses == ["FAILED", "CANCELLED"]
    assert "AccessDenied" in run.server(bad)["error"]
    assert run.jobs == []
    assert run.kinds("JOB_REFUSED")


def a_launch_that_queues_behind_another_one(stage: Stage) -> None:
    (server,) = stage.drills.servers()
    fault = stage.drills.fault("LAUNCH_STUCK", server)
    wanted = [{"sourceServerID": server.server_id}]
    stage.drills.drs(EAST).start_recovery(sourceServers=wanted, isDrill=True)
    execution_id = stage.start(stage.plan({"servers": [server]}))
    stage.until(lambda: stage.look(execution_id).kinds("SERVERS_QUEUED"))
    stage.drills.cloud.emulator.remove_fault(fault)
    run = stage.ended(execution_id)
    assert len(run.jobs) == 1


def a_launch_that_waits_for_the_quotas(stage: Stage) -> None:
    """The product believes that DRS takes one server at a time; a job of others has it."""
    other, server = stage.drills.servers(2)
    fault = stage.drills.fault("LAUNCH_STUCK", other)
    stage.drills.drs(EAST).start_recovery(sourceServers=[{"sourceServerID": other.server_id}], isDrill=True)
    execution_id = stage.start(stage.plan({"servers": [server]}))
    stage.until(lambda: stage.look(execution_id).kinds("SERVERS_QUEUED"))
    stage.drills.cloud.emulator.remove_fault(fault)
    require_one_launch(stage.ended(execution_id), [server])
    assert [item.line for item in PlaceLineItem.scan() if item.execution_id == execution_id] == []


def a_drill_that_teaches_launch_times(stage: Stage) -> None:
    """More servers than one transaction keeps. Each is taught once, and the job is closed."""
    servers = stage.drills.servers(3)
    run = stage.ended(stage.start(stage.plan({"servers": servers})))
    stage.until(lambda: not any(item.lesson_due for item in JobRunItem.query(run.execution_id)))
    (job,) = run.jobs
    kept = [LaunchTimesItem.get(f"{server.account}#{server.region}", server.server_id) for server in servers]
    assert [[launch.job_id for launch in item.launches] for item in kept] == [[job["jobID"]]] * len(servers)


def a_launch_that_would_end_the_instance_of_a_recovery(stage: Stage) -> None:
    """The recovery is made in the console of DRS after the drill has started; its instance lives on."""
    endangered, other = stage.drills.servers(2)
    plan_id = stage.plan({"servers": [endangered, other], "approvalRequired": True, "onFailure": "CONTINUE"})
    execution_id = stage.start(plan_id)
    stage.until_wave(execution_id, "AWAITING_APPROVAL")
    drs, wanted = stage.drills.drs(EAST), [{"sourceServerID": endangered.server_id}]
    job = drs.start_recovery(sourceServers=wanted, isDrill=False)["job"]["jobID"]
    stage.until(lambda: drs.describe_jobs(filters={"jobIDs": [job]})["items"][0]["status"] == "COMPLETED")
    living = drs.describe_recovery_instances(filters={"sourceServerIDs": [endangered.server_id]})["items"]
    stage.command("approve_wave", executionId=execution_id, waveNumber=1)
    run = stage.ended(execution_id, "PARTIAL")
    assert living[0]["recoveryInstanceID"] in run.server(endangered)["error"]
    assert len(run.kinds("SERVER_FAILED")) == 1
    assert [seen["jobID"] for seen in run.launches_of(endangered)] == [job]
    require_one_launch(run, [other])


def a_wave_that_runs_out_of_time(stage: Stage) -> None:
    """One server launches, one is stuck in DRS and launches later, and DRS accepts no launch of the third."""
    good, stuck, waiting = *stage.drills.servers(1, account=WEST), *stage.drills.servers(2)
    fault = stage.drills.fault("LAUNCH_STUCK", stuck, waiting)
    stage.drills.drs(EAST).start_recovery(sourceServers=[{"sourceServerID": waiting.server_id}], isDrill=True)
    plan_id = stage.plan({"servers": [good, stuck, waiting]}, {"servers": stage.drills.servers(1, account=WEST)})
    execution_id = stage.start(plan_id)
    stage.until(lambda: stage.look(execution_id).servers[good.server_id]["status"] == "LAUNCHED")
    late = datetime.now(UTC) - timedelta(seconds=1)
    WaveRunItem(execution_id=execution_id, wave_number=1).update([WaveRunItem.deadline_at.set(late)])
    stage.until_wave(execution_id, "TIMED_OUT")
    stage.until(lambda: stage.look(execution_id).servers[waiting.server_id]["status"] == "FAILED")
    stage.drills.cloud.emulator.remove_fault(fault)
    run = stage.ended(execution_id, "PARTIAL")
    assert run.wave_statuses == ["TIMED_OUT", "CANCELLED"]
    assert run.server(stuck)["status"] == "LAUNCHED"
    assert "limit of 120 minutes" in run.server(waiting)["error"]
    assert run.waves[1]["launchedCount"] == 2


def a_run_whose_machine_breaks(stage: Stage) -> None:
    """Step Functions sends this task when it gives up the run while a wave is under way."""
    (server,) = stage.drills.servers()
    fault = stage.drills.fault("LAUNCH_STUCK", server)
    execution_id = stage.start(stage.plan({"servers": [server]}, {"servers": stage.drills.servers()}))
    stage.until_launching(execution_id)
    broken = {"executionId": execution_id, "error": {"Error": "States.Runtime", "Cause": "a bad path"}}
    assert not stage.task("fail_execution", **broken)["over"]
    stage.drills.cloud.emulator.remove_fault(fault)
    stage.until(lambda: stage.task("fail_execution", **broken)["over"])
    run = stage.ended(execution_id, "PARTIAL")
    assert run.wave_statuses == ["FAILED", "CANCELLED"]
    assert run.server(server)["status"] == "LAUNCHED"


def a_task_that_arrives_after_the_end(stage: Stage) -> None:
    plan_id = stage.plan({"servers": stage.drills.servers()})
    run = stage.ended(stage.start(plan_id))
    of_wave = {"executionId": run.execution_id, "planId": plan_id, "waveNumber": 1}
    stage.task("await_wave_release", **of_wave, taskToken="an-old-token")
    again = stage.look(run.execution_id)
    assert (again.detail, again.servers, again.events) == (run.detail, run.servers, run.events)


def require_one_launch(run: Run, servers: list[Server]) -> None:
    assert all(len(run.launches_of(server)) == 1 for server in servers)


STORIES = [
    Story(
        a_drill_of_two_waves_over_two_accounts,
        (
            "waves>executions.move_execution",
            "waves>waves.remember_token",
            "waves>waves.queue_wave",
            "judging>waves.end_wave",
            "launching>waves.mark_executing",
            "launching>jobs.claim_launch",
            "launching>recoveries.start_recovery",
            "settling>jobs.record_job_started",
            "settling>servers.mark_launching",
            "following>jobs.record_job_completed",
            "following>servers.record_changes",
            "counting>waves.record_counts",
            "release>waves.forget_token",
            "release>workflow.release_task",
            "waking>waves.remember_wait",
            "waking>waves.count_wake",
            "waking>workflow.release_task",
            "ending>leases.release_leases",
            "ending>executions.move_execution",
            "notices>notices.send_notice",
            "notices>outbox.record_notice_sent",
            "pipeline>audit.append_entry",
            "pipeline>audit.close_entry",
            "launching>jobs.claim_launch #2",
            "launching>recoveries.start_recovery #2",
            "settling>jobs.record_job_started #2",
            "settling>servers.mark_launching #2",
            "following>servers.record_changes #2",
            "waves>waves.queue_wave #2",
        ),
        settings=SMALL_TRANSACTIONS,
        deaths=15,
    ),
    Story(
        a_launch_whose_servers_were_not_marked,
        ("launching>servers.mark_launching",),
        first=("before settling>servers.mark_launching",),
    ),
    Story(
        a_launch_whose_servers_were_not_marked,
        ("settling>jobs.record_job_uncertain",),
        first=("before launching>recoveries.start_recovery",),
    ),
    Story(a_launch_whose_answer_is_lost, ("settling>jobs.record_job_uncertain",)),
    Story(
        a_launch_that_is_denied,
        (
            "settling>jobs.record_job_refused",
            "settling>servers.close_servers",
            "release>waves.end_wave",
            "following>servers.close_servers",
        ),
        deaths=8,
    ),
    Story(a_launch_that_would_end_the_instance_of_a_recovery, ("launch_guard>servers.record_changes",)),
    Story(a_launch_that_queues_behind_another_one, ("progress>waves.record_waiting",)),
    Story(
        a_launch_that_waits_for_the_quotas,
        ("place_queue>place_lines.stand_in_line", "place_queue>place_lines.leave_lines"),
        settings=((quotas, "SERVERS_IN_JOBS", 1),),
    ),
    Story(
        a_drill_that_teaches_launch_times,
        ("learning>launch_times.keep_times", "learning>launch_times.close_lesson"),
        settings=((launch_times, "MAX_ITEMS", 2),),
    ),
    Story(a_wave_that_runs_out_of_time, ("following>servers.close_servers",)),
    Story(a_run_whose_machine_breaks, ("ending>waves.end_wave",)),
    Story(a_task_that_arrives_after_the_end, ("waves>workflow.release_task",)),
]
