"""Drills with and without failing servers: waves run as the plan says, and the outcome is true."""

from tests.waiting import eventually
from tests.workflow.conftest import WAITS_ARE_SHORTER
from tests.workflow.drills import EAST, WEST, Drills, Run, moment


def test_a_drill_over_two_accounts_launches_every_server_once(drills: Drills, ended_run: Run) -> None:
    run = ended_run
    assert (run.status, run.wave_statuses) == ("COMPLETED", ["COMPLETED", "COMPLETED"])
    assert {server["status"] for server in run.servers.values()} == {"LAUNCHED"}
    assert len(run.servers) == 5
    launched = [seen["sourceServerID"] for job in run.jobs for seen in job["participatingServers"]]
    assert sorted(launched) == sorted(run.servers)
    assert len(run.jobs) == 3, "one job for each wave, account and Region"
    for account in (EAST, WEST):
        ec2 = drills.cloud.client("ec2", account=account, region="us-east-1" if account == EAST else "us-west-2")
        ids = [item["recoveryInstanceId"] for item in run.servers.values() if item["accountId"] == account]
        assert len(ec2.describe_instances(InstanceIds=ids)["Reservations"]) == len(ids)


def test_independent_branches_run_side_by_side(drills: Drills) -> None:
    slow, left, right = drills.servers(), drills.servers(), drills.servers(1, account=WEST)
    still = drills.fault("LAUNCH_STUCK", *slow)
    execution = drills.start(
        drills.plan(
            {"servers": slow, "dependsOn": []},
            {"servers": left, "dependsOn": []},
            {"servers": right, "dependsOn": [2]},
        )
    )
    eventually(lambda: Run(drills, execution).waves[3]["startedAt"])
    drills.cloud.emulator.remove_fault(still)
    run = drills.ended(execution)
    spans = {number: (moment(wave["startedAt"]), moment(wave["endedAt"])) for number, wave in run.waves.items()}
    assert run.status == "COMPLETED"
    assert spans[2][0] < spans[1][1]
    assert spans[1][0] < spans[2][1]
    assert spans[3][0] < spans[1][1], "the third wave waits for the second and not for the first"


def test_the_timeline_shows_the_run_in_order(ended_run: Run) -> None:
    kinds = [event["kind"] for event in ended_run.events]
    assert kinds[0] == "EXECUTION_STARTED"
    assert kinds[-1] == "EXECUTION_ENDED"
    order = ["EXECUTION_RUNNING", "WAVE_STARTED", "JOB_STARTED", "SERVERS_LAUNCHED", "WAVE_ENDED"]
    # Both servers need not launch within one look.
    assert list(dict.fromkeys(kind for kind in kinds if kind in order)) == order


def test_every_list_of_a_run_is_the_same_in_pages_of_two(drills: Drills, ended_run: Run) -> None:
    run = ended_run
    for operation in ("list_execution_events", "list_execution_servers", "list_execution_instances"):
        whole = list(drills.query_all(operation, executionId=run.execution_id))
        assert len(whole) > 2
        assert list(drills.query_all(operation, executionId=run.execution_id, limit=2)) == whole
    backwards = list(drills.query_all("list_execution_events", executionId=run.execution_id, limit=2, newestFirst=True))
    assert backwards == run.events[::-1]


def test_a_delay_after_the_dependencies_of_a_wave_is_on_the_critical_path(drills: Drills) -> None:
    run = drills.run(drills.plan({"servers": drills.servers()}, {"servers": drills.servers(), "delaySeconds": 20}))
    assert run.status == "COMPLETED"
    waited = moment(run.waves[2]["startedAt"]) - moment(run.waves[1]["endedAt"])
    assert waited.total_seconds() >= 19 / WAITS_ARE_SHORTER
    assert run.detail["timing"]["criticalPath"] == [1, 2]
    assert run.detail["timing"]["criticalPathSeconds"] >= 20


def test_a_failed_optional_server_is_reported_and_passed_over(drills: Drills) -> None:
    good, bad, behind = *drills.servers(2), drills.servers()
    drills.fault("LAUNCH_FAILED", bad, parameters={"rawError": "InsufficientInstanceCapacity"})
    run = drills.run(drills.plan({"servers": [good, bad], "optional": [bad]}, {"servers": behind}))
    assert (run.status, run.wave_statuses) == ("COMPLETED", ["COMPLETED", "COMPLETED"])
    assert run.server(bad)["status"] == "FAILED"
    assert "InsufficientInstanceCapacity" in run.server(bad)["error"]
    assert bad.hostname in run.waves[1]["outcomeReason"]
    assert [event["details"]["sourceServerId"] for event in run.kinds("SERVER_FAILED")] == [bad.server_id]


def test_a_failed_critical_server_stops_the_run_and_cancels_what_depends_on_it(drills: Drills) -> None:
    good, bad = drills.servers(2)
    behind, last = drills.servers(), drills.servers(1, account=WEST)
    drills.fault("CONVERSION_FAILED", bad)
    run = drills.run(drills.plan({"servers": [good, bad]}, {"servers": behind}, {"servers": last}))
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED", "CANCELLED", "CANCELLED"])
    assert run.server(good)["status"] == "LAUNCHED"
    assert bad.hostname in run.waves[1]["outcomeReason"]
    assert not drills.jobs_with(behind[0])
    assert not drills.jobs_with(last[0])


def test_with_continue_what_depends_on_a_failed_wave_starts(drills: Drills) -> None:
    bad, behind = drills.servers(), drills.servers()
    drills.fault("SNAPSHOT_FAILED", *bad)
    run = drills.run(drills.plan({"servers": bad, "onFailure": "CONTINUE"}, {"servers": behind}))
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED", "COMPLETED"])


def test_a_run_in_which_nothing_launched_has_failed(drills: Drills) -> None:
    bad = drills.servers()
    drills.fault("LAUNCH_FAILED", *bad)
    assert drills.run(drills.plan({"servers": bad}, {"servers": drills.servers()})).status == "FAILED"


def test_a_run_that_stops_cancels_branches_that_have_not_started(drills: Drills) -> None:
    bad, slow, after_slow = drills.servers(), drills.servers(1, os="WINDOWS"), drills.servers()
    drills.fault("SNAPSHOT_FAILED", *bad)
    run = drills.run(
        drills.plan(
            {"servers": bad, "dependsOn": []},
            {"servers": slow, "dependsOn": []},
            {"servers": after_slow, "dependsOn": [2]},
        )
    )
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED", "COMPLETED", "CANCELLED"])


def test_the_share_of_servers_that_a_plan_demands_is_enforced(drills: Drills) -> None:
    good, bad = drills.servers(2)
    drills.fault("LAUNCH_FAILED", bad)
    run = drills.run(drills.plan({"servers": [good, bad], "optional": [bad], "minSuccessPercent": 60}))
    assert (run.status, run.wave_statuses) == ("PARTIAL", ["FAILED"])


def test_blocked_servers_are_left_out_only_when_that_is_accepted(drills: Drills) -> None:
    good, blocked = *drills.servers(), *drills.servers(1, replication_state="DISCONNECTED")
    plan = drills.plan({"servers": [good, blocked]})
    refused = drills.ask("execution-handler", "start_execution", planId=plan, mode="DRILL")
    assert (refused.status, refused.code) == (422, "PreflightBlocked")
    assert blocked.hostname in refused.message
    assert not drills.holders(), "a start that was refused leaves nothing behind"
    run = drills.run(plan, acceptDegraded=True)
    assert run.status == "PARTIAL"
    assert run.server(blocked)["status"] == "EXCLUDED"
    assert not drills.jobs_with(blocked)
