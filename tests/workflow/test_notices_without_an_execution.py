"""Notices of syncs and of skipped drills that could not be sent: shown, sent again, and given up like all others."""

from datetime import timedelta
from typing import Any

from chalicelib.execution.notices.notices import MAX_TRIES, send_pending_notices
from local.cloud import LocalCloud
from tests.workflow.afterwards import plan_of
from tests.workflow.crash_matrix.stage import a_minute_later
from tests.workflow.drills import REGION_OF, WEST, Drills
from tests.workflow.listening import kept_notices, on_the_bus, without_topic
from tests.workflow.test_scheduled_drills import last_drill, make_due


def unsent(drills: Drills, event: str) -> list[Any]:
    """What the dashboard shows of one kind of notices that were not sent."""
    shown = drills.query("get_dashboard_data")["notices"]["data"]["items"]
    return [each for each in shown if each["event"] == event]


def skipped_drill(drills: Drills) -> str:
    """Skips a drill of a new plan; returns the plan's id."""
    plan_id = plan_of(drills, *drills.servers(), schedule={"cron": "0 3 * * *"})
    make_due(plan_id, timedelta(hours=2))
    assert drills.cloud.scheduler.run_now("due-drills").function_error is None
    assert last_drill(drills, plan_id)["outcome"] == "SKIPPED"
    return plan_id


def test_the_notice_of_a_skipped_drill_is_shown_and_sent_again(drills: Drills, cloud: LocalCloud) -> None:
    with without_topic(cloud):
        plan_id = skipped_drill(drills)
    (shown,) = (each for each in unsent(drills, "DRILL_SKIPPED") if each["planId"] == plan_id)
    assert (shown["executionId"], shown["state"], shown["tries"]) == ("", "RETRYING", 1)
    assert (shown["channels"], shown["reason"].startswith("SNS: ")) == (["SNS"], True)
    assert shown["subject"].startswith("Scheduled drill of '")
    with on_the_bus(cloud, plan_id) as heard:
        cloud.scheduler.run_now("execution-watchdog")
        assert heard.bodies() == [], "no notice is repeated where it has arrived"
    assert unsent(drills, "DRILL_SKIPPED") == []


def test_the_notice_of_a_failing_sync_is_kept_with_its_own_words_and_given_up_after_its_tries(
    drills: Drills, cloud: LocalCloud
) -> None:
    sync = "handle_sync_source_server_inventory"
    drills.manage(sync)
    fault = drills.fault("ACCESS_DENIED", match={"account": WEST, "operation": "DescribeSourceServers"})
    with without_topic(cloud):
        drills.manage(sync)
        drills.cloud.emulator.remove_fault(fault)
        (shown,) = unsent(drills, "SYNC_FAILING")
        assert (shown["executionId"], shown["planId"], shown["waveNumber"]) == ("", "", None)
        assert f"{WEST}/{REGION_OF[WEST]} cannot be read" in shown["subject"]
        assert kept_notices("SYNC_FAILING") == [shown["eventId"]]
        for _ in range(MAX_TRIES):
            send_pending_notices(None, a_minute_later())
    (given_up,) = unsent(drills, "SYNC_FAILING")
    assert (given_up["state"], given_up["tries"], given_up["subject"]) == ("GIVEN_UP", MAX_TRIES, shown["subject"])
    assert kept_notices("SYNC_FAILING") == []
    assert drills.manage(sync)["outcome"] == "COMPLETED"
