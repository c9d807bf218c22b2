"""What comes after a run: terminations, clean-up, deletion, failback, and notices that cannot be sent."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.runs.records import ServerStatus
from chalicelib.execution.notices.notices import send_pending_notices
from chalicelib.store.tables.launches import JobRunItem
from chalicelib.store.tables.runs import (
    ExecutionEventItem,
    ExecutionItem,
    ServerLeaseItem,
    ServerRunItem,
    WaveRunItem,
    wave_server_key,
)
from tests.workflow.crash_matrix.stage import Stage, a_minute_later
from tests.workflow.crash_matrix.story import Story
from tests.workflow.drills import EAST, REGION_OF, WEST, Refused, Run, Server
from tests.workflow.listening import without_topic

TERMINATE = {"operation": "TerminateRecoveryInstances"}
ORIGIN = "eu-west-1"


def instances_of_two_accounts_that_are_terminated(stage: Stage) -> None:
    servers = [*stage.drills.servers(2), *stage.drills.servers(1, account=WEST)]
    execution_id = _run_of(stage, *servers)
    answer = stage.command("terminate_recovery_instances", executionId=execution_id)
    assert not isinstance(answer, Refused), answer
    status = _terminated(stage, execution_id)
    assert (status["state"], status["terminated"]) == ("COMPLETED", 3)
    run = stage.look(execution_id)
    until_gone(stage, *servers)
    assert {item["status"] for item in run.servers.values()} == {"TERMINATED"}
    assert len(run.kinds("TERMINATION_ASKED")) == len(run.kinds("TERMINATION_ENDED")) == 1
    lines = [event for event in run.kinds("TERMINATION_REQUESTED") if "DRS took job" in event["message"]]
    assert len({line["message"] for line in lines}) == len(lines)


def an_instance_that_may_not_be_terminated(stage: Stage) -> None:
    """The reason names the protection; DRS had denied the first request."""
    (server,) = stage.drills.servers()
    execution_id = _run_of(stage, server)
    (instance,) = instances_of(stage, server)
    ec2 = stage.drills.cloud.client("ec2", account=server.account, region=server.region)
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": True})
    stage.command("terminate_recovery_instances", executionId=execution_id)
    status = _terminated(stage, execution_id)
    assert (status["state"], status["failed"]) == ("INCOMPLETE", 1)
    assert status["failures"][0]["reason"]
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    stage.command("terminate_recovery_instances", executionId=execution_id)
    assert _terminated(stage, execution_id)["state"] == "COMPLETED"
    assert len(stage.look(execution_id).kinds("TERMINATION_ENDED")) == 2


def a_termination_that_drs_refuses_at_first(stage: Stage) -> None:
    (server,) = stage.drills.servers()
    execution_id = _run_of(stage, server)
    stage.drills.fault("QUOTA_EXCEEDED", match={**TERMINATE, "account": server.account}, times=1)
    stage.command("terminate_recovery_instances", executionId=execution_id)
    assert _terminated(stage, execution_id)["state"] == "COMPLETED"
    until_gone(stage, server)


def an_instance_that_appears_after_the_end(stage: Stage) -> None:
    """DRS ended the job, but showed the instance only after the server was given up and the run was over."""
    (server,) = stage.drills.servers()
    execution_id = _run_of(stage, server)
    given_up = ServerRunItem(execution_id=execution_id, wave_server=wave_server_key(1, server.server_id))
    given_up.update([ServerRunItem.status.set(ServerStatus.FAILED), ServerRunItem.recovery_instance_id.set("")])
    assert instances_of(stage, server)
    stage.command("terminate_recovery_instances", executionId=execution_id)
    assert _terminated(stage, execution_id)["terminated"] == 1
    until_gone(stage, server)


def a_drill_that_is_cleaned_up(stage: Stage) -> None:
    (server,) = stage.drills.servers()
    execution_id = _run_of(stage, server, cleanup={"onSuccessMinutes": 0})
    stage.schedule("drill-cleanup")
    status = _terminated(stage, execution_id, schedule="drill-cleanup")
    assert status["state"] == "COMPLETED"
    until_gone(stage, server)
    assert len(stage.look(execution_id).kinds("CLEANUP_BEGUN")) == 1


def an_execution_that_is_deleted(stage: Stage) -> None:
    """It is hidden from the first write on, and in the end none of its records and leases is left.

    The function that ended the run has died before it freed the leases.
    """
    servers = stage.drills.servers()
    execution_id = _run_of(stage, *servers)
    plan_id = stage.look(execution_id).detail["execution"]["planId"]
    held = [f"plan#{plan_id}", f"{servers[0].account}#{servers[0].region}#{servers[0].server_id}"]
    for key in held:
        ServerLeaseItem(key=key, execution_id=execution_id, taken_at=datetime.now(UTC)).save()
    answer = stage.command("delete_execution", executionId=execution_id, force=True)
    assert not isinstance(answer, Refused) or answer.code == "RecordNotFound"
    gone = stage.drills.ask("query-handler", "get_execution", executionId=execution_id)
    assert isinstance(gone, Refused)
    stage.schedule("drill-cleanup")
    left = [list(model.query(execution_id)) for model in (WaveRunItem, JobRunItem, ServerRunItem, ExecutionEventItem)]
    assert left == [[], [], [], []]
    assert ExecutionItem.count(execution_id) == 0
    assert list(ServerLeaseItem.batch_get(held)) == []


def a_server_from_ec2_that_fails_back(stage: Stage) -> None:
    server = _new_server(stage, origin_region=ORIGIN, origin_account=EAST)
    execution_id = _run_of(stage, server)
    _until_agent_is_seen(stage, server)
    stage.command("reverse_replication", executionId=execution_id)
    _until_state(stage, execution_id, "FAILBACK_READY_FOR_LAUNCH")
    stage.command("start_failback", executionId=execution_id)
    _until_state(stage, execution_id, "FAILBACK_COMPLETED")
    jobs = stage.drills.drs(EAST, ORIGIN).describe_jobs()["items"]
    (shown,) = stage.drills.query("get_failback_status", executionId=execution_id)["servers"]
    assert len([job for job in jobs if shown["reversedServerId"] in str(job["participatingServers"])]) == 1
    kinds = [event["kind"] for event in stage.look(execution_id).events if event["kind"].startswith("FAILBACK")]
    assert kinds.count("FAILBACK_STARTED") <= 1


def a_server_with_a_failback_client_that_fails_back(stage: Stage) -> None:
    server = _new_server(stage)
    execution_id = _run_of(stage, server)
    (instance,) = instances_of(stage, server)
    # Held until the stop: on a busy machine the replication would be over before the stop is requested.
    held = stage.drills.fault("FAILBACK_SYNC_STUCK", server)
    stage.drills.cloud.emulator.connect_failback_client(EAST, server.region, instance)
    stage.command("stop_failback", executionId=execution_id)
    _until_state(stage, execution_id, "FAILBACK_NOT_STARTED")
    stage.drills.cloud.emulator.remove_fault(held)
    stage.drills.cloud.emulator.connect_failback_client(EAST, server.region, instance)
    _until_state(stage, execution_id, "FAILBACK_READY_FOR_LAUNCH")
    stage.command("start_failback", executionId=execution_id)
    _until_state(stage, execution_id, "FAILBACK_COMPLETED")
    kinds = [event["kind"] for event in stage.look(execution_id).events]
    assert kinds.count("FAILBACK_STOPPED") <= 1


def notices_that_cannot_be_sent_at_first(stage: Stage) -> None:
    with without_topic(stage.drills.cloud):
        plan_id = stage.plan({"servers": stage.drills.servers(), "approvalRequired": True})
        execution_id = stage.start(plan_id)
        stage.until_wave(execution_id, "AWAITING_APPROVAL")
    stage.command("cancel_execution", executionId=execution_id)
    stage.until(lambda: stage.has_ended(execution_id))
    send_pending_notices(execution_id, a_minute_later())
    run = stage.ended(execution_id, "CANCELLED")
    failed = [event["details"]["eventId"] for event in run.kinds("NOTIFY_FAILED")]
    assert len(failed) == len(set(failed))


def instances_of(stage: Stage, *servers: Server) -> list[str]:
    """The recovery instances that DRS has of these servers."""
    found = []
    for server in servers:
        answer = stage.drills.drs(server.account, server.region).describe_recovery_instances(
            filters={"sourceServerIDs": [server.server_id]}
        )
        found += [item["recoveryInstanceID"] for item in answer["items"]]
    return found


def until_gone(stage: Stage, *servers: Server) -> None:
    """A termination is over once EC2 has ended the instances; DRS has them until its job ends, a moment later."""
    stage.until(lambda: instances_of(stage, *servers) == [])


def _run_of(stage: Stage, *servers: Server, **content: Any) -> str:
    run: Run = stage.ended(stage.start(stage.plan({"servers": list(servers)}, **content)))
    return run.execution_id


def _terminated(stage: Stage, execution_id: str, *, schedule: str = "execution-watchdog") -> Any:
    def done() -> Any:
        stage.schedule(schedule)
        status = stage.drills.query("get_termination_status", executionId=execution_id)
        return status["endedAt"] and status

    return stage.until(done)


def _new_server(stage: Stage, **described: Any) -> Server:
    stage.drills.cloud.emulator.initialize(EAST, ORIGIN)
    return stage.drills.servers(1, account=EAST, region=REGION_OF[EAST], **described)[0]


def _until_state(stage: Stage, execution_id: str, state: str) -> None:
    def there() -> bool:
        seen = stage.drills.query("get_failback_status", executionId=execution_id)["servers"]
        return all(server["state"] == state for server in seen)

    stage.until(there)


def _until_agent_is_seen(stage: Stage, server: Server) -> None:
    """DRS reverses no replication before that."""
    drs, wanted = stage.drills.drs(server.account, server.region), {"sourceServerIDs": [server.server_id]}

    def seen() -> bool:
        (instance,) = drs.describe_recovery_instances(filters=wanted)["items"]
        return "agentLastSeenByServiceDateTime" in instance["failback"]

    stage.until(seen)


def a_termination_whose_answer_is_lost(stage: Stage) -> None:
    (server,) = stage.drills.servers()
    execution_id = _run_of(stage, server)
    stage.drills.fault("DROPPED_CONNECTION", match={**TERMINATE, "account": server.account}, times=1)
    stage.command("terminate_recovery_instances", executionId=execution_id)
    assert _terminated(stage, execution_id)["state"] == "COMPLETED"
    until_gone(stage, server)


STORIES = [
    Story(
        instances_of_two_accounts_that_are_terminated,
        (
            "termination>terminations.begin_termination",
            "termination>jobs.claim_termination",
            "termination>jobs.claim_termination #2",
            "termination>terminations.terminate_instances",
            "termination>terminations.terminate_instances #2",
            "termination>jobs.record_job_started",
            "termination>terminations.record_terminated",
            "termination>jobs.record_job_completed",
            "termination>terminations.finish_termination",
        ),
        deaths=9,
    ),
    Story(
        instances_of_two_accounts_that_are_terminated,
        ("termination>jobs.record_job_started",),
        first=("after termination>terminations.terminate_instances",),
    ),
    Story(
        instances_of_two_accounts_that_are_terminated,
        ("termination>jobs.record_job_refused",),
        first=("before termination>terminations.terminate_instances",),
    ),
    Story(an_instance_that_may_not_be_terminated, ("termination>terminations.record_termination_errors",)),
    Story(a_termination_that_drs_refuses_at_first, ("termination>jobs.record_job_refused",), deaths=1),
    Story(a_termination_whose_answer_is_lost, ("termination>timeline.append_events",)),
    Story(an_instance_that_appears_after_the_end, ("termination>terminations.record_late_instances",)),
    Story(
        a_drill_that_is_cleaned_up,
        (
            "termination>terminations.begin_termination",
            "termination>terminations.terminate_instances",
        ),
    ),
    Story(
        an_execution_that_is_deleted,
        (
            "deletion>deletion.hide_execution",
            "deletion>deletion.remove_records",
            "deletion>deletion.remove_records #2",
            "deletion>leases.release_leases",
        ),
        deaths=3,
    ),
    Story(
        an_execution_that_is_deleted,
        ("cleanup>deletion.remove_records",),
        first=("before deletion>deletion.remove_records",),
    ),
    Story(
        a_server_from_ec2_that_fails_back,
        (
            "failback>failback.reverse_replication",
            "failback>failback.start_reversed_launch",
            "failback>timeline.append_events",
        ),
    ),
    Story(
        a_server_with_a_failback_client_that_fails_back,
        ("failback>failback.start_failback_launch", "failback>failback.stop_failback"),
    ),
    Story(notices_that_cannot_be_sent_at_first, ("notices>outbox.record_notice_failed",)),
]
