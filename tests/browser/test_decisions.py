"""What a person decides in a run: a failed wave, a recovery that takes over, and the end of its instances."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.cloud import LocalCloud
from tests.browser.conftest import Open
from tests.browser.tested_page import TestedPage as Page
from tests.integration.conftest import RestClient

pytestmark = pytest.mark.slow

Make = Callable[..., Any]


@pytest.fixture
def fault(cloud: LocalCloud) -> Iterator[Callable[..., None]]:
    """Lets launches of these servers fail, as often as is said."""

    def fail(servers: list[str], **rule: Any) -> None:
        cloud.emulator.add_fault({"kind": "LAUNCH_FAILED", "match": {"serverIds": servers}, **rule})

    yield fail
    cloud.emulator.clear_faults()


def close(page: Page, dialog: Any) -> None:
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").first().click()


def test_an_operator_retries_one_failed_wave_skips_another_and_gives_up_the_third(
    as_role: Open, admin: RestClient, fault: Make, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    once, always, lost = (new_servers(state="CONTINUOUS") for _ in range(3))
    fault(once, times=1)
    fault(always)
    fault(lost)
    waves = [
        {"number": number, "name": name, "onFailure": "PAUSE", "protectionGroupIds": [group["groupId"]]}
        for number, name, group in (
            (1, "Databases", new_group(sourceServerIds=once)),
            (2, "Reports", new_group(sourceServerIds=always)),
            (3, "Archive", new_group(sourceServerIds=lost)),
        )
    ]
    plan = new_plan(waves=waves)
    started = admin("POST", "/executions", {"planId": plan["planId"], "mode": "DRILL", "reason": "Rehearsal"})
    page = as_role("DRSRecoveryManager", f"/executions/{started.body['execution']['executionId']}")
    first = page.get_by_role("article", name="Wave 1 Databases: 1 of 1 server failed, needs a decision")
    first.get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog", name="Try wave 1, Databases again?")
    assert page.grave_findings() == []
    dialog.get_by_role("button", name="Launch 1 server again").click()
    close(page, dialog)

    second = page.get_by_role("article", name="Wave 2 Reports: 1 of 1 server failed, needs a decision")
    second.get_by_role("button", name="Skip").click()
    dialog = page.get_by_role("dialog", name="Skip wave 2, Reports?")
    skip = dialog.get_by_role("button", name="Skip wave 2")
    dialog.get_by_label("Type skip to confirm").fill("skip")
    assert skip.is_disabled() is True
    dialog.get_by_label("Reason").fill("Reports can wait until tomorrow.")
    skip.click()
    close(page, dialog)

    third = page.get_by_role("article", name="Wave 3 Archive: 1 of 1 server failed, needs a decision")
    third.get_by_role("button", name="Give up").click()
    dialog = page.get_by_role("dialog", name="Give up wave 3, Archive?")
    assert page.grave_findings() == []
    dialog.get_by_role("button", name="Give up wave 3").click()
    close(page, dialog)
    page.get_by_role("heading", level=1, name="Partly recovered").wait_for()
    page.get_by_role("tab", name="Report").click()
    page.get_by_text("Reports can wait until tomorrow.").first().wait_for()


def test_a_recovery_takes_over_from_a_drill_and_its_instances_end_by_its_name_and_their_number(
    as_role: Open, admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    group = new_group(sourceServerIds=new_servers(state="CONTINUOUS"))
    wave = {"number": 1, "name": "Databases", "protectionGroupIds": [group["groupId"]], "approvalRequired": True}
    plan = new_plan(waves=[wave])
    name = plan["name"]
    drill = admin("POST", "/executions", {"planId": plan["planId"], "mode": "DRILL"}).body["execution"]["executionId"]

    page = as_role("DRSRecoveryManager", f"/plans/{plan['planId']}/start?mode=RECOVERY")
    page.get_by_label("Reason").fill("us-west-1 is down")
    page.get_by_role("button", name="Start RECOVERY of").click()
    dialog = page.get_by_role("dialog", name=f"Start RECOVERY of {name}?")
    dialog.get_by_text(f"The DRILL {name} (1 server) is cancelled for it.").wait_for()
    dialog.get_by_label("To confirm").fill(name)
    dialog.get_by_role("button", name="Start RECOVERY of").click()
    page.waitForURL("**/executions/*")
    recovery = page.url().rpartition("/")[2]
    assert admin.get(f"/executions/{drill}").body["execution"]["status"] in {"CANCELLING", "CANCELLED"}

    page.get_by_role("article", name="Wave 1 Databases needs an approval").wait_for()
    approved = admin("POST", f"/executions/{recovery}/waves/1/approve", {"comment": "Agreed by telephone"})
    assert approved.status == 200, approved.body
    page.get_by_role("heading", level=1, name="Completed").wait_for()
    page.get_by_role("button", name="Terminate instances").first().click()
    end = page.get_by_role("dialog", name=f"Terminate 1 RECOVERED instance of {name}?")
    end.get_by_text("These may be your production.").wait_for()
    act = end.get_by_role("button", name="Terminate 1 recovered instance")
    end.get_by_label("Reason").fill("The primary Region is back.")
    for typed in (name, f"{name} 2"):
        end.get_by_label(f"Type {name} 1 to confirm").fill(typed)
        assert act.is_disabled() is True
    assert page.grave_findings() == []
    end.get_by_label(f"Type {name} 1 to confirm").fill(f"{name} 1")
    act.click()
    close(page, end)
