"""Launches that end after their wave was judged are followed, recorded, and never repeated."""

import pytest

from chalicelib.aws.reads.launches.job_looks import look_at_jobs
from chalicelib.domain.estate.sightings import ServerSighting
from chalicelib.domain.runs.records import ServerStatus
from chalicelib.store.reads.estate.accounts import find_accounts
from chalicelib.store.tables.runs import ServerRunItem, wave_server_key
from tests.unit.domain.records import a_job
from tests.waiting import eventually
from tests.workflow.drills import EAST, Refused, Run
from tests.workflow.played_by_hand import PlayedByHand

HELD = {"onFailure": "PAUSE", "timeoutMinutes": 1}


def _time_out(by_hand: PlayedByHand, *, on_failure: str = "PAUSE") -> tuple[str, str]:
    """An execution whose wave has reached its limit while its one launch is stuck in DRS; and the fault."""
    (server,) = by_hand.drills.servers()
    fault = by_hand.drills.fault("LAUNCH_STUCK", server)
    execution = by_hand.start({"servers": [server], "onFailure": on_failure, "timeoutMinutes": 1})
    by_hand.until(execution, 1, "AWAITING_DECISION" if on_failure == "PAUSE" else "TIMED_OUT")
    return execution, fault


@pytest.mark.parametrize("looks_first", [True, False], ids=["DRS is done before the retry", "DRS is done after it"])
def test_a_retry_launches_nothing_that_has_launched_after_the_time_limit(
    by_hand: PlayedByHand, looks_first: bool
) -> None:
    execution, fault = _time_out(by_hand)
    if looks_first:
        by_hand.cloud.emulator.remove_fault(fault)
        by_hand.clock.pass_seconds(20)
    answer = by_hand.ask("retry_wave", executionId=execution, waveNumber=1)
    expected = "nothing is left to launch" if looks_first else "1 server still launching in DRS"
    assert expected in answer["statement"]
    by_hand.cloud.emulator.clear_faults()
    (run,) = by_hand.finish()
    assert (run.status, run.wave_statuses) == ("COMPLETED", ["COMPLETED"])
    assert len(run.jobs) == 1, "launched once"
    ((server_id, server),) = run.servers.items()
    instances = by_hand.drills.drs(EAST).describe_recovery_instances(filters={"sourceServerIDs": [server_id]})["items"]
    assert [item["recoveryInstanceID"] for item in instances] == [server["recoveryInstanceId"]]


def test_a_retry_asks_drs_whether_it_has_launched_what_was_given_up(by_hand: PlayedByHand) -> None:
    """DRS ended the job, but showed the server as launched only after we had given up on it."""
    good, bad = by_hand.drills.servers(2)
    by_hand.drills.fault("LAUNCH_FAILED", bad)
    execution = by_hand.start({"servers": [good, bad], **HELD, "timeoutMinutes": 5})
    by_hand.until(execution, 1, "AWAITING_DECISION")
    given_up = ServerRunItem(execution_id=execution, wave_server=wave_server_key(1, good.server_id))
    given_up.update(
        [
            ServerRunItem.status.set(ServerStatus.FAILED),
            ServerRunItem.error.set("DRS ended the job and left the server IN_PROGRESS."),
            ServerRunItem.recovery_instance_id.set(""),
        ]
    )
    by_hand.cloud.emulator.clear_faults()
    hidden = by_hand.drills.fault("INTERNAL_ERROR", match={"operation": "DescribeRecoveryInstances"})
    refused = by_hand.ask("retry_wave", executionId=execution, waveNumber=1)
    assert isinstance(refused, Refused)
    assert by_hand.wave(execution, 1)["attempt"] == 1, "without an answer of DRS nothing is launched again"
    by_hand.cloud.emulator.remove_fault(hidden)
    answer = by_hand.ask("retry_wave", executionId=execution, waveNumber=1)
    assert answer["statement"].startswith("Attempt 2 begins: 1 server to launch.")
    (run,) = by_hand.finish()
    assert run.status == "COMPLETED"
    assert (len(run.launches_of(good)), len(run.launches_of(bad))) == (1, 2)
    assert any("after being given up as failed" in line["message"] for line in run.kinds("SERVERS_LAUNCHED"))


@pytest.mark.parametrize("on_failure", ["STOP", "CONTINUE", "PAUSE"])
def test_the_jobs_of_a_wave_that_timed_out_are_followed_to_their_end(by_hand: PlayedByHand, on_failure: str) -> None:
    execution, fault = _time_out(by_hand, on_failure=on_failure)
    by_hand.run_on(30)
    run = Run(by_hand.drills, execution)
    assert [server["status"] for server in run.servers.values()] == ["LAUNCHING"], "DRS has not decided on it"
    assert run.status == "IN_PROGRESS", "and the run is not over"
    assert execution in by_hand.drills.holders().values()
    by_hand.cloud.emulator.remove_fault(fault)
    by_hand.run_on(30)
    by_hand.cloud.scheduler.run_now("execution-watchdog")
    run = Run(by_hand.drills, execution)
    assert [server["status"] for server in run.servers.values()] == ["LAUNCHED"]
    assert run.waves[1]["launchedCount"] == 1
    by_hand.ask("skip_wave", executionId=execution, waveNumber=1, reason="It runs.")
    (run,) = by_hand.finish()
    assert run.status == ("PARTIAL" if on_failure != "PAUSE" else "COMPLETED")


def test_a_run_waits_for_its_last_job_although_its_state_machine_was_lost(by_hand: PlayedByHand) -> None:
    execution, fault = _time_out(by_hand, on_failure="STOP")
    by_hand.world.lose(0)
    for _ in range(3):
        by_hand.cloud.scheduler.run_now("execution-watchdog")
        by_hand.run_on(30)
    assert Run(by_hand.drills, execution).status == "IN_PROGRESS"
    by_hand.cloud.emulator.remove_fault(fault)
    (run,) = by_hand.finish()
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["TIMED_OUT"])
    assert [server["status"] for server in run.servers.values()] == ["LAUNCHED"]


def test_a_job_that_cannot_be_read_for_a_day_holds_nothing_any_longer(by_hand: PlayedByHand) -> None:
    execution, _ = _time_out(by_hand, on_failure="STOP")
    by_hand.drills.fault("ACCESS_DENIED", match={"operation": "DescribeJobs"})
    by_hand.run_on(600)
    assert Run(by_hand.drills, execution).status == "IN_PROGRESS"
    by_hand.clock.pass_seconds(25 * 3_600)
    for _ in range(8):
        by_hand.run_on(600)
        by_hand.cloud.scheduler.run_now("execution-watchdog")
    run = Run(by_hand.drills, execution)
    assert run.status == "FAILED"
    assert "without a result for the server" in next(iter(run.servers.values()))["error"]
    assert execution not in by_hand.drills.holders().values()


def test_an_attempt_without_work_ends_at_once_and_says_why(by_hand: PlayedByHand) -> None:
    """One server is excluded, all must launch, and an operator decides: a retry has nothing to launch."""
    good, dead = by_hand.drills.servers(1)[0], by_hand.drills.servers(1, replication_state="DISCONNECTED")[0]
    wave = {"servers": [good, dead], "minSuccessPercent": 100, "onFailure": "PAUSE"}
    execution = by_hand.start(wave)
    by_hand.until(execution, 1, "AWAITING_DECISION")
    answer = by_hand.ask("retry_wave", executionId=execution, waveNumber=1)
    assert answer["changed"]
    assert "nothing is left to launch" in answer["statement"]
    by_hand.until(execution, 1, "AWAITING_DECISION", seconds=1)
    wave_now = by_hand.wave(execution, 1)
    assert (wave_now["attempt"], wave_now["outcomeReason"]) == (
        2,
        "50 % of the servers launched; the plan requires 100 %.",
    )
    answer = by_hand.ask("skip_wave", executionId=execution, waveNumber=1, reason="One is enough.")
    assert answer["changed"]
    (run,) = by_hand.finish()
    assert (run.status, len(run.jobs)) == ("PARTIAL", 1)


@pytest.mark.parametrize("decision", ["skip_wave", "reject_wave"])
def test_every_state_that_waits_can_be_left(by_hand: PlayedByHand, decision: str) -> None:
    good, dead = by_hand.drills.servers(1)[0], by_hand.drills.servers(1, replication_state="DISCONNECTED")[0]
    execution = by_hand.start({"servers": [dead], "onFailure": "PAUSE"}, {"servers": [good]})
    by_hand.until(execution, 1, "AWAITING_DECISION")
    assert by_hand.wave(execution, 1)["outcomeReason"] == "Nothing launched: 1 server excluded at the start."
    for attempt in (2, 3):
        assert by_hand.ask("retry_wave", executionId=execution, waveNumber=1)["changed"]
        by_hand.until(execution, 1, "AWAITING_DECISION")
        assert by_hand.wave(execution, 1)["attempt"] == attempt
    extra = {"reason": "Enough."} if decision == "skip_wave" else {}
    assert by_hand.ask(decision, executionId=execution, waveNumber=1, **extra)["changed"]
    (run,) = by_hand.finish()
    assert run.status == ("PARTIAL" if decision == "skip_wave" else "FAILED")
    assert run.waves[1]["failedCount"] == 0, "an excluded server has not failed"


def test_a_run_that_launched_nothing_is_never_completed(by_hand: PlayedByHand) -> None:
    """Every server is OPTIONAL and fails, or is excluded."""
    failing = by_hand.drills.servers(2)
    dead = by_hand.drills.servers(1, replication_state="DISCONNECTED")
    by_hand.drills.fault("LAUNCH_FAILED", *failing)
    execution = by_hand.start(
        {"servers": failing, "optional": failing, "onFailure": "CONTINUE"}, {"servers": dead, "dependsOn": []}
    )
    by_hand.until(execution, 1, "FAILED")
    (run,) = by_hand.finish()
    assert (run.status, run.wave_statuses) == ("FAILED", ["FAILED", "FAILED"])
    assert all(wave["outcomeReason"].startswith("Nothing launched: ") for wave in run.waves.values())
    assert [wave["failedCount"] for wave in run.waves.values()] == [2, 0]
    assert run.reason.startswith("Nothing launched: ")


def test_a_recovery_whose_request_was_lost_does_not_adopt_a_drill_from_the_console(by_hand: PlayedByHand) -> None:
    (server,) = by_hand.drills.servers()
    wanted = [{"sourceServerID": server.server_id}]
    by_hand.drills.drs(EAST).start_recovery(sourceServers=wanted, isDrill=True)
    by_hand.clock.pass_seconds(5)
    by_hand.drills.fault("INTERNAL_ERROR", server, match={"operation": "StartRecovery"}, times=1)
    execution = by_hand.start({"servers": [server]}, mode="RECOVERY")
    by_hand.until(execution, 1, "COMPLETED")
    (run,) = by_hand.finish()
    ((job,),) = [run.jobs]
    assert job["initiatedBy"] == "START_RECOVERY"
    assert not run.kinds("JOB_ADOPTED")


def test_an_instance_that_a_later_launch_has_ended_is_known_from_the_log_of_its_job(by_hand: PlayedByHand) -> None:
    (server,) = by_hand.drills.servers()
    by_hand.drills.fault("NO_INSTANCE_ID", server)
    drs = by_hand.drills.drs(EAST)

    def launch() -> tuple[str, str]:
        job_id = drs.start_recovery(sourceServers=[{"sourceServerID": server.server_id}], isDrill=True)["job"]["jobID"]

        def instance() -> str:
            by_hand.clock.pass_seconds(5)
            log = drs.describe_job_log_items(jobID=job_id)["items"]
            ended = any(item["event"] == "JOB_END" for item in log)
            return (
                next((item["eventData"]["targetInstanceID"] for item in log if item["event"] == "LAUNCH_END"), "")
                * ended
            )

        return job_id, eventually(instance)

    job_id, ended = launch()
    _, replacement = launch()
    known = drs.describe_recovery_instances(filters={"sourceServerIDs": [server.server_id]})["items"]
    assert ended not in {item["recoveryInstanceID"] for item in known}
    assert ended != replacement
    now = by_hand.clock.now()
    place = {"account_id": EAST, "region": server.region}
    job = a_job(0, (server.server_id,), **place, job_id=job_id, claimed_at=now)
    look = look_at_jobs([job], find_accounts([EAST]), {server.server_id}, now)
    assert look.sightings[job_id].servers == (ServerSighting(server.server_id, "LAUNCHED", ended),)
