"""Drills by schedule: started once, skipped with a reason, taken over from starts that died."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.runs import leases
from chalicelib.store.tables.configuration import RecoveryPlanItem
from chalicelib.store.tables.runs import ServerLeaseItem
from tests.workflow.afterwards import (
    EXECUTION,
    MANAGEMENT,
    instances_of,
    plan_of,
    save,
)
from tests.workflow.drills import Drills, Refused
from tests.workflow.listening import on_the_bus


def make_due(plan_id: str, ago: timedelta = timedelta(minutes=1)) -> None:
    due = (datetime.now(UTC) - ago).replace(microsecond=0)
    RecoveryPlanItem(plan_id=plan_id).update([RecoveryPlanItem.next_drill_at.set(due)])


def last_drill(drills: Drills, plan_id: str) -> Any:
    return drills.query("get_recovery_plan", planId=plan_id)["lastDrill"]


def test_a_scheduled_drill_starts_once_although_the_schedule_fires_twice_at_once(drills: Drills) -> None:
    plan_id = plan_of(drills, *drills.servers(), schedule={"cron": "0 3 * * SUN", "timeZone": "Europe/Berlin"})
    assert drills.query("get_recovery_plan", planId=plan_id)["nextDrillAt"]
    make_due(plan_id)
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(drills.cloud.scheduler.run_now, "due-drills") for _ in range(3)]:
            assert done.result().function_error is None
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    (started,) = drills.query_all("list_executions", planId=plan_id)
    drill = last_drill(drills, plan_id)
    assert (drill["outcome"], drill["executionId"]) == ("STARTED", started["executionId"])
    drills.ended(started["executionId"])


def test_a_scheduled_drill_is_skipped_with_the_reason_while_the_plan_is_busy(drills: Drills) -> None:
    plan_id = drills.plan({"servers": drills.servers(), "approvalRequired": True})
    save(drills, plan_id, schedule={"cron": "0 3 * * *"})
    execution_id = drills.start(plan_id)
    make_due(plan_id)
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    drill = last_drill(drills, plan_id)
    assert drill["outcome"] == "SKIPPED"
    assert "already running" in drill["reason"]
    assert execution_id in drill["reason"]
    assert len(list(drills.query_all("list_executions", planId=plan_id))) == 1
    drills.ask(EXECUTION, "cancel_execution", executionId=execution_id)
    drills.ended(execution_id)


def test_a_scheduled_drill_whose_servers_are_taken_is_skipped_with_the_holder(drills: Drills) -> None:
    group = drills.group(drills.servers())
    wave = {"number": 1, "name": "Wave 1", "protectionGroupIds": [group], "approvalRequired": True}
    busy, due = (
        drills.manage("create_recovery_plan", name=f"{name} {group}", waves=[wave])["planId"]
        for name in ("Busy", "Due")
    )
    save(drills, due, schedule={"cron": "0 3 * * *"})
    execution_id = drills.start(busy)
    make_due(due)
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    drill = last_drill(drills, due)
    assert (drill["outcome"], execution_id in drill["reason"]) == ("SKIPPED", True)
    drills.ask(EXECUTION, "cancel_execution", executionId=execution_id)
    drills.ended(execution_id)


def test_a_scheduled_drill_waits_for_a_start_under_way_and_takes_over_from_a_dead_one(drills: Drills) -> None:
    """After a minute the start is certain to be dead, and the next round starts the drill."""
    plan_id = plan_of(drills, *drills.servers(), schedule={"cron": "0 3 * * *"})
    make_due(plan_id)
    drills.cloud.runtime.crash_next("due-drills", service="dynamodb", operation="BatchWriteItem")
    assert drills.cloud.scheduler.run_now("due-drills").function_error
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    assert last_drill(drills, plan_id) is None, "the start may still be alive"
    for key, holder in drills.holders().items():
        if holder == drills.holders()[f"plan#{plan_id}"]:
            item = ServerLeaseItem.get(key)
            item.update([ServerLeaseItem.taken_at.set(item.taken_at - leases.START_PATIENCE)])
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    (started,) = drills.query_all("list_executions", planId=plan_id)
    drill = last_drill(drills, plan_id)
    assert (drill["outcome"], drill["executionId"]) == ("STARTED", started["executionId"])
    assert drills.ended(started["executionId"]).status == "COMPLETED"


def test_a_round_that_a_person_runs_finds_the_drill_that_the_schedule_has_started(drills: Drills) -> None:
    plan_id = plan_of(drills, *drills.servers(), schedule={"cron": "0 3 * * *"})
    make_due(plan_id)
    drills.cloud.runtime.crash_next("due-drills", service="stepfunctions", operation="StartExecution", when="after")
    assert drills.cloud.scheduler.run_now("due-drills").function_error
    drills.cloud.runtime.crashes.clear()
    report = drills.ask(EXECUTION, "start_due_drills", caller="Ada")
    (started,) = drills.query_all("list_executions", planId=plan_id)
    assert report["started"] == {plan_id: started["executionId"]}
    assert started["initiatedBy"] == "events.amazonaws.com"
    drills.ended(started["executionId"])


@pytest.mark.parametrize(
    ("ago", "blackouts", "why"),
    [
        (timedelta(minutes=1), [{"start": "2020-01-01T00:00:00Z", "end": "2099-01-01T00:00:00Z"}], "blackout"),
        (timedelta(hours=2), [], "within an hour"),
    ],
)
def test_a_drill_in_a_blackout_or_long_missed_is_skipped(
    drills: Drills, ago: timedelta, blackouts: list[Any], why: str
) -> None:
    plan_id = plan_of(drills, *drills.servers(), schedule={"cron": "0 3 * * *", "blackouts": blackouts})
    make_due(plan_id, ago)
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    drill = last_drill(drills, plan_id)
    assert drill["outcome"] == "SKIPPED"
    assert why in drill["reason"]


def test_a_drill_over_the_instances_of_a_recovery_is_skipped_and_people_are_told(drills: Drills) -> None:
    (server,) = drills.servers()
    plan_id = plan_of(drills, server, schedule={"cron": "0 3 * * *"})
    recovery = drills.run(plan_id, mode="RECOVERY", reason="It burns.")
    living = recovery.server(server)["recoveryInstanceId"]
    make_due(plan_id)
    with on_the_bus(drills.cloud, plan_id) as heard:
        assert drills.cloud.scheduler.run_now("due-drills").function_error is None
        (notice,) = heard.bodies()
    drill = last_drill(drills, plan_id)
    assert drill["outcome"] == "SKIPPED"
    assert living in drill["reason"]
    assert recovery.execution_id in drill["reason"]
    assert (notice["detail"]["event"], notice["detail"]["mode"]) == ("DRILL_SKIPPED", "DRILL")
    assert drill["reason"] in notice["detail"]["message"]
    assert instances_of(drills, server) == [living]


def test_a_drill_that_could_not_be_checked_is_tried_again(drills: Drills) -> None:
    (server,) = drills.servers()
    plan_id = plan_of(drills, server, schedule={"cron": "0 3 * * *"})
    make_due(plan_id)
    unread = drills.fault("ACCESS_DENIED", match={"operation": "DescribeRecoveryInstances"})
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    assert last_drill(drills, plan_id) is None
    drills.cloud.emulator.remove_fault(unread)
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    drill = last_drill(drills, plan_id)
    assert drill["outcome"] == "STARTED"
    drills.ended(drill["executionId"])


def test_an_impossible_schedule_is_refused_field_by_field(drills: Drills) -> None:
    plan_id = drills.plan({"servers": drills.servers()})
    plan = drills.query("get_recovery_plan", planId=plan_id)
    schedule = {"cron": "0 3 31 2 *", "timeZone": "Mars/Base", "blackouts": [{"weekdays": ["XYZ"]}]}
    body = {"planId": plan_id, "version": plan["version"], "name": plan["name"], "waves": plan["waves"]}
    refused = drills.ask(MANAGEMENT, "update_recovery_plan", **body, schedule=schedule)
    assert isinstance(refused, Refused)
    fields = {problem["field"] for problem in refused.details["problems"]}
    assert fields == {"schedule.cron", "schedule.timeZone", "schedule.blackouts[0].weekdays"}
