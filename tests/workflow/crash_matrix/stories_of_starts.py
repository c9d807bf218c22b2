"""Starts that are refused, fail or die, scheduled starts, recoveries that take over, and the watchdog."""

from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.domain.runs import leases, watch
from chalicelib.execution.notices.notices import send_pending_notices
from chalicelib.store.tables.configuration import RecoveryPlanItem
from chalicelib.store.tables.runs import ExecutionItem, WaveRunItem
from tests.workflow.crash_matrix.stage import WATCHDOG, Stage, a_minute_later
from tests.workflow.crash_matrix.stories_of_runs import require_one_launch
from tests.workflow.crash_matrix.story import AT_ONCE, SMALL_TRANSACTIONS, Story
from tests.workflow.drills import Refused
from tests.workflow.listening import kept_notices, without_topic

ABANDONED_AT_ONCE = ((leases, "START_PATIENCE", AT_ONCE),)


def a_start_that_may_be_repeated(stage: Stage) -> None:
    servers = stage.drills.servers()
    plan_id = stage.plan({"servers": servers})
    run = stage.ended(stage.start(plan_id))
    require_one_launch(run, servers)
    (listed,) = stage.drills.query_all("list_executions", planId=plan_id)
    assert listed["executionId"] == run.execution_id


def a_start_on_a_server_that_is_taken(stage: Stage) -> None:
    """The loser holds nothing, and the same request starts after the winner has ended."""
    group = stage.drills.servers()
    own = stage.plan({"servers": stage.drills.servers(), "approvalRequired": True})
    wave = stage.drills.query("get_recovery_plan", planId=own)["waves"][0]
    other = stage.plan({"servers": group})
    plan = stage.drills.query("get_recovery_plan", planId=other)
    both = [*plan["waves"], {**wave, "number": 2}]
    same = {name: plan[name] for name in ("planId", "version", "name")}
    stage.drills.manage("update_recovery_plan", **same, waves=both)
    winner = stage.start(own)
    body = stage.a_start(other)
    refused = stage.command("start_execution", **body)
    assert (refused.code, refused.details["executionId"]) == ("ServersBusy", winner)
    stage.command("cancel_execution", executionId=winner)
    stage.ended(winner, "CANCELLED")
    answer = stage.command("start_execution", **body)
    stage.until_wave(answer["execution"]["executionId"], "AWAITING_APPROVAL", 2)
    stage.command("approve_wave", executionId=answer["execution"]["executionId"], waveNumber=2)
    stage.ended(answer["execution"]["executionId"])


def a_start_whose_records_cannot_be_written(stage: Stage) -> None:
    """Nothing of it is visible, and the same request starts when its records can be written."""
    servers = stage.drills.servers()
    plan_id = stage.plan({"servers": servers})
    body = stage.a_start(plan_id)
    stage.fail("start>new_executions.create_execution")
    refused = stage.command("start_execution", **body)
    assert isinstance(refused, Refused)
    assert stage.struck or f"plan#{plan_id}" not in stage.drills.holders()
    assert list(stage.drills.query_all("list_executions", planId=plan_id)) == []
    stage.answer_again()
    require_one_launch(stage.ended(stage.command("start_execution", **body)["execution"]["executionId"]), servers)


def a_start_whose_machine_cannot_be_started(stage: Stage) -> None:
    servers = stage.drills.servers()
    plan_id = stage.plan({"servers": servers})
    stage.fail("start>workflow.start_workflow")
    body = stage.a_start(plan_id)
    refused = stage.command("start_execution", **body)
    listed = list(stage.drills.query_all("list_executions", planId=plan_id))
    if stage.died("start>executions.move_execution", "before"):
        # The execution was not given up: the same request starts its machine.
        stage.answer_again()
        stage.command("start_execution", **body)
        require_one_launch(stage.ended(listed[0]["executionId"]), servers)
        return
    assert isinstance(refused, Refused) or refused["execution"]["status"] == "FAILED", refused
    assert {item["status"] for item in listed} == {"FAILED"}
    assert len(listed) == (2 if stage.died("start>idempotency.release_key", "after") else 1)
    if f"plan#{plan_id}" in stage.drills.holders():
        # The function died before it freed the leases: another start takes them.
        stage.answer_again()
        require_one_launch(stage.ended(stage.start(plan_id)), servers)
    assert f"plan#{plan_id}" not in stage.drills.holders()


def a_recovery_that_takes_over_from_a_drill(stage: Stage) -> None:
    (server,) = stage.drills.servers()
    plan_id = stage.plan({"servers": [server], "approvalRequired": True})
    drill = stage.start(plan_id)
    stage.until_wave(drill, "AWAITING_APPROVAL")
    recovery = stage.start(plan_id, mode="RECOVERY", reason="It burns.")
    cancelled = stage.ended(drill, "CANCELLED")
    assert len(cancelled.kinds("EXECUTION_CANCELLING")) == 1
    stage.until_wave(recovery, "AWAITING_APPROVAL")
    stage.command("approve_wave", executionId=recovery, waveNumber=1)
    run = stage.ended(recovery)
    require_one_launch(run, [server])
    preempted = [line["details"]["drillId"] for line in run.kinds("DRILL_PREEMPTED")]
    assert preempted in ([drill], []), "a start that died has cancelled the drill before this one came"


def a_drill_that_is_due(stage: Stage) -> None:
    servers = stage.drills.servers()
    plan_id = stage.plan({"servers": servers}, schedule={"cron": "0 3 * * SUN"})
    due = (datetime.now(UTC) - timedelta(minutes=1)).replace(microsecond=0)
    RecoveryPlanItem(plan_id=plan_id).update([RecoveryPlanItem.next_drill_at.set(due)])
    stage.schedule("due-drills")
    stage.schedule("due-drills")
    last = stage.until(lambda: _plan(stage, plan_id)["lastDrill"], schedule="due-drills")
    (listed,) = stage.drills.query_all("list_executions", planId=plan_id)
    assert (last["outcome"], last["executionId"]) == ("STARTED", listed["executionId"])
    require_one_launch(stage.ended(listed["executionId"]), servers)


def a_drill_that_is_skipped(stage: Stage) -> None:
    """It would end the instance of a recovery. Its notice is not sent and is kept once, wherever the function died."""
    (server,) = stage.drills.servers()
    plan_id = stage.plan({"servers": [server]}, schedule={"cron": "0 3 * * SUN"})
    recovery = stage.ended(stage.start(plan_id, mode="RECOVERY", reason="us-east-1 is failing"))
    due = (datetime.now(UTC) - timedelta(minutes=1)).replace(microsecond=0)
    RecoveryPlanItem(plan_id=plan_id).update([RecoveryPlanItem.next_drill_at.set(due)])
    with without_topic(stage.drills.cloud):
        last = stage.until(lambda: _plan(stage, plan_id)["lastDrill"], schedule="due-drills")
        assert kept_notices("DRILL_SKIPPED").count(f"{plan_id}#{due.isoformat()}") == 1
    assert last["outcome"] == "SKIPPED"
    send_pending_notices(None, a_minute_later())
    assert f"{plan_id}#{due.isoformat()}" not in kept_notices("DRILL_SKIPPED")
    assert recovery.server(server)["recoveryInstanceId"] in last["reason"]
    require_one_launch(stage.look(recovery.execution_id), [server])


def a_machine_that_is_lost(stage: Stage) -> None:
    servers = stage.drills.servers()
    fault = stage.drills.fault("LAUNCH_STUCK", *servers)
    execution_id = stage.start(stage.plan({"servers": servers}))
    stage.until_launching(execution_id)
    _stop_machine(stage, execution_id)
    stage.schedule(WATCHDOG)
    stage.until(lambda: stage.look(execution_id).detail["execution"]["workflowRun"] == 2)
    stage.drills.cloud.emulator.remove_fault(fault)
    run = stage.ended(execution_id)
    assert len(run.kinds("WORKFLOW_RESTARTED")) == 1
    require_one_launch(run, servers)


def a_machine_that_has_gone_silent(stage: Stage) -> None:
    """It runs, and is stopped before the next one starts. Here every round of the watchdog finds it silent.

    So there are no more rounds once the next one runs: on a busy machine they would stop each run before it gets far.
    """
    servers = stage.drills.servers()
    fault = stage.drills.fault("LAUNCH_STUCK", *servers)
    execution_id = stage.start(stage.plan({"servers": servers}))
    stage.until_launching(execution_id)
    stage.schedule(WATCHDOG)
    stage.until(lambda: stage.look(execution_id).detail["execution"]["workflowRun"] > 1)
    stage.drills.cloud.emulator.remove_fault(fault)
    stage.until(lambda: stage.has_ended(execution_id), schedule=None)
    require_one_launch(stage.ended(execution_id), servers)


def a_machine_that_was_never_started(stage: Stage) -> None:
    servers = stage.drills.servers()
    plan_id = stage.plan({"servers": servers})
    body = stage.a_start(plan_id)
    died = stage.drills.cloud.runtime.invoke("execution-handler", {"operation": "start_execution", "body": body})
    assert died.function_error
    stage.schedule(WATCHDOG)
    (listed,) = stage.drills.query_all("list_executions", planId=plan_id)
    require_one_launch(stage.ended(listed["executionId"]), servers)


def a_machine_that_is_given_up(stage: Stage) -> None:
    (server,) = stage.drills.servers()
    fault = stage.drills.fault("LAUNCH_STUCK", server)
    plan_id = stage.plan({"servers": [server]})
    execution_id = stage.start(plan_id)
    stage.until_launching(execution_id)
    _stop_machine(stage, execution_id)
    stage.schedule(WATCHDOG)
    assert not stage.has_ended(execution_id), "its job is still open in DRS"
    stage.drills.cloud.emulator.remove_fault(fault)
    stage.until(lambda: stage.has_ended(execution_id))
    if stage.died("ending>leases.release_leases"):
        # The leases were not freed: another start takes them.
        stage.ended(stage.start(plan_id))
    run = stage.ended(execution_id, "PARTIAL")
    assert run.wave_statuses == ["FAILED"]
    assert run.server(server)["status"] == "LAUNCHED"


def an_approval_that_is_overdue(stage: Stage) -> None:
    plan_id = stage.plan({"servers": stage.drills.servers(), "approvalRequired": True}, approval={"timeoutMinutes": 1})
    execution_id = stage.start(plan_id)
    stage.until_wave(execution_id, "AWAITING_APPROVAL")
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    WaveRunItem(execution_id=execution_id, wave_number=1).update([WaveRunItem.approval_asked_at.set(long_ago)])
    ExecutionItem(execution_id=execution_id).update([ExecutionItem.running_since.set(long_ago)])
    stage.schedule(WATCHDOG)
    assert stage.look(execution_id).status == "PAUSED"
    stage.command("resume_execution", executionId=execution_id)
    stage.command("approve_wave", executionId=execution_id, waveNumber=1)
    assert len(stage.ended(execution_id).kinds("EXECUTION_PAUSED")) == 1


def a_run_over_its_time_limit(stage: Stage) -> None:
    execution_id = stage.start(stage.plan({"servers": stage.drills.servers(), "approvalRequired": True}))
    stage.until_wave(execution_id, "AWAITING_APPROVAL")
    passed = datetime.now(UTC) - timedelta(seconds=1)
    ExecutionItem(execution_id=execution_id).update([ExecutionItem.deadline_at.set(passed)])
    stage.schedule(WATCHDOG)
    run = stage.ended(execution_id, "TIMED_OUT")
    assert run.wave_statuses == ["CANCELLED"]
    assert len(run.kinds("EXECUTION_TIMED_OUT")) == 1


def _plan(stage: Stage, plan_id: str) -> Any:
    return stage.drills.query("get_recovery_plan", planId=plan_id)


def _stop_machine(stage: Stage, execution_id: str) -> None:
    arn = str(stage.drills.cloud.state_machine_arn).replace(":stateMachine:", ":execution:")
    stage.drills.cloud.client("stepfunctions").stop_execution(executionArn=f"{arn}:{execution_id}")


A_START = Story(
    a_start_that_may_be_repeated,
    (
        "pipeline>audit.append_entry",
        "acquire_leases>leases.take_leases",
        "acquire_leases>leases.take_leases #2",
        "start>new_executions.announce_execution",
        "start>new_executions.write_runs",
        "start>new_executions.write_runs #2",
        "start>new_executions.create_execution",
        "start>workflow.start_workflow",
        "pipeline>audit.close_entry",
    ),
    settings=(*ABANDONED_AT_ONCE, *SMALL_TRANSACTIONS),
    deaths=8,
)
"""A start with all that it writes."""

STORIES = [
    A_START,
    Story(
        a_start_that_may_be_repeated,
        ("acquire_leases>new_executions.abandon_start",),
        first=("after acquire_leases>leases.take_leases",),
        settings=ABANDONED_AT_ONCE,
    ),
    Story(
        a_start_that_may_be_repeated,
        ("start>workflow.start_workflow",),
        first=("before start>workflow.start_workflow",),
    ),
    Story(
        a_start_on_a_server_that_is_taken,
        ("start>leases.release_leases", "start>leases.release_leases #2"),
        settings=(*ABANDONED_AT_ONCE, *SMALL_TRANSACTIONS),
    ),
    Story(
        a_start_whose_records_cannot_be_written,
        (
            "start>leases.release_leases",
            "start>new_executions.abandon_start",
        ),
        settings=ABANDONED_AT_ONCE,
        deaths=1,
    ),
    Story(
        a_start_whose_machine_cannot_be_started,
        (
            "start>executions.move_execution",
            "start>idempotency.release_key",
            "start>leases.release_leases",
        ),
        deaths=1,
    ),
    Story(
        a_recovery_that_takes_over_from_a_drill,
        (
            "acquire_leases>leases.replace_leases",
            "acquire_leases>leases.replace_leases #2",
            "start>timeline.append_events",
            "control>executions.move_execution",
        ),
        settings=(*ABANDONED_AT_ONCE, *SMALL_TRANSACTIONS),
        deaths=3,
    ),
    Story(a_drill_that_is_due, ("drills>drills.record_scheduled_drill",)),
    Story(
        a_drill_that_is_skipped,
        ("drills>notices.send_notice", "drills>outbox.keep_unsent_notice"),
        deaths=1,
        alone=True,
    ),
    Story(
        a_machine_that_is_lost,
        (
            "repair>watch.count_workflow_run",
            "repair>workflow.start_workflow",
        ),
        deaths=1,
    ),
    Story(
        a_machine_that_has_gone_silent,
        ("repair>workflow.stop_workflow",),
        settings=((watch, "SILENT_AFTER", timedelta(days=-1)), (watch, "MAX_RUNS", 1_000)),
        deaths=1,
        alone=True,
    ),
    Story(
        a_machine_that_was_never_started,
        ("repair>workflow.start_workflow",),
        first=("before start>workflow.start_workflow",),
        settings=((watch, "STARTS_WITHIN", AT_ONCE),),
    ),
    Story(
        a_machine_that_is_given_up,
        ("ending>leases.release_leases",),
        settings=((watch, "MAX_RUNS", 1),),
        deaths=2,
    ),
    Story(an_approval_that_is_overdue, ("repair>executions.move_execution",)),
    Story(a_run_over_its_time_limit, ("repair>executions.move_execution",)),
]
