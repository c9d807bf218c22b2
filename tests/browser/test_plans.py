"""Recovery plans in a real page: found, read, compared, edited by two at once, started with a typed confirmation."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Open, Problems
from tests.browser.test_access import require_access
from tests.integration.conftest import RestClient

pytestmark = pytest.mark.slow


@pytest.fixture
def plan(new_plan: Callable[..., Any], new_group: Callable[..., Any], new_servers: Callable[..., list[str]]) -> Any:
    """A plan that could start; its wave waits for an approval, so that nothing is launched."""
    group = new_group(sourceServerIds=new_servers(state="CONTINUOUS"))
    wave = {"number": 1, "name": "Databases", "protectionGroupIds": [group["groupId"]], "approvalRequired": True}
    return new_plan(waves=[wave], rtoMinutes=60)


def save_elsewhere(admin: RestClient, plan: Any, **changes: Any) -> None:
    """Somebody else saves the next version."""
    current = admin.get(f"/recovery-plans/{plan['planId']}").body
    fields = ("name", "description", "owner", "rtoMinutes", "rpoMinutes", "waves", "version")
    content = {field: current[field] for field in fields} | changes
    saved = admin("PUT", f"/recovery-plans/{plan['planId']}", content)
    assert saved.status == 200, saved.body


def test_a_plan_is_found_and_says_what_it_is(as_role: Open, plan: Any) -> None:
    page = as_role("DRSReadOnly", f"/plans?q={plan['name']}")
    page.get_by_role("link", name=plan["name"], exact=True).wait_for()
    require_access(page)
    page.get_by_role("link", name=plan["name"], exact=True).click()
    page.get_by_role("heading", name=plan["name"], level=1).wait_for()
    page.get_by_text("needs an approval", exact=True).wait_for()
    page.get_by_role("button", name="1 Databases").press("Enter")
    assert "wave=1" in page.url()
    page.get_by_text("Start …", exact=True).hover()
    page.get_by_text("Needs the permission 'start-drill'").last().wait_for()
    require_access(page)


def test_a_recovery_is_started_once_its_name_is_typed(as_role: Open, admin: RestClient, plan: Any) -> None:
    page = as_role("DRSRecoveryManager", f"/plans/{plan['planId']}/start?mode=RECOVERY")
    page.get_by_text("1 server in 1 wave").wait_for()
    require_access(page)
    page.get_by_text("Give a reason: the audit log keeps it.").last().wait_for()
    page.get_by_label("Reason").fill("us-west-1 is down")
    page.get_by_role("button", name="Start RECOVERY of").click()
    dialog = page.get_by_role("dialog", name=f"Start RECOVERY of {plan['name']}?")
    dialog.get_by_text("the same service may run twice").wait_for()
    require_access(page)
    start = dialog.get_by_role("button", name="Start RECOVERY of")
    typed = dialog.get_by_label("To confirm")
    typed.fill("Start")
    typed.press("Enter")
    assert start.is_disabled() is True
    typed.fill(plan["name"].upper())
    start.click()
    page.waitForURL("**/executions/*")
    started = page.url().rpartition("/")[2]
    execution = admin.get(f"/executions/{started}").body["execution"]
    assert (execution["planId"], execution["mode"]) == (plan["planId"], "RECOVERY")
    assert execution["reason"] == "us-west-1 is down"
    admin("POST", f"/executions/{started}/cancel")


def test_a_lost_answer_to_a_start_is_asked_for_again_and_nothing_starts_twice(
    as_role: Open, admin: RestClient, plan: Any, problems: Problems
) -> None:
    problems.expect("status of 504")
    page = as_role("DRSOperator", f"/plans/{plan['planId']}/start")
    page.get_by_text("1 server in 1 wave").wait_for()
    error = {"code": "OutcomeUnknown", "message": "The answer was lost.", "details": {}, "retryable": False}
    page.answer("**/execute", 504, {"error": error, "requestId": "0f2a6c1e"})
    page.get_by_role("button", name="Start DRILL of").click()
    page.get_by_role("dialog").get_by_role("button", name="Start DRILL").click()
    page.get_by_text("nothing can start twice").wait_for()
    page.waitForURL("**/executions/*")
    started = page.url().rpartition("/")[2]
    assert admin.get(f"/executions/{started}").body["execution"]["mode"] == "DRILL"
    admin("POST", f"/executions/{started}/cancel")


def test_an_edit_shows_its_differences_and_is_kept_when_somebody_else_was_faster(
    as_role: Open, admin: RestClient, plan: Any, problems: Problems
) -> None:
    problems.expect("status of 409")
    page = as_role("DRSPlanManager", f"/plans/{plan['planId']}/edit?wave=1")
    name = page.get_by_label("Name", exact=True)
    name.fill("")
    page.get_by_text("must have 1 to 64 characters").last().wait_for()
    name.fill("Data")
    require_access(page)
    save_elsewhere(admin, plan, rtoMinutes=90)
    page.keyboard().press("Control+s")
    save = page.get_by_role("dialog", name="Save version 2")
    save.get_by_text("Is called Data (before: Databases).").wait_for()
    require_access(page)
    save.get_by_role("button", name="Save version 2").click()
    stale = page.get_by_role("dialog", name="Somebody else has saved this plan meanwhile")
    stale.get_by_role("button", name="See what changed").click()
    stale.get_by_text("RTO 1 h 30 min (before: 1 h).").wait_for()
    stale.get_by_role("button", name="Put my changes on top").click()
    page.get_by_role("button", name="Save version 3").click()
    page.get_by_role("dialog").get_by_role("button", name="Save version 3").click()
    page.get_by_role("heading", name=plan["name"], level=1, exact=True).wait_for()
    saved = admin.get(f"/recovery-plans/{plan['planId']}").body
    assert (saved["version"], saved["rtoMinutes"], saved["waves"][0]["name"]) == (3, 90, "Data")


def test_graph_and_form_are_one_draft(as_role: Open, plan: Any) -> None:
    page = as_role("DRSPlanManager", f"/plans/{plan['planId']}/edit?wave=1")
    graph = page.get_by_role("region", name="Graph of the waves")
    graph.get_by_role("button", name="Wave", exact=True).click()
    page.get_by_role("heading", name="Wave 2", exact=True).wait_for()
    page.get_by_label("Name", exact=True).fill("Web")
    graph.get_by_role("button", name="2 Web").press("ArrowLeft")
    page.keyboard().press("Enter")
    page.get_by_role("heading", name="Wave 1 Databases").wait_for()
    assert "wave=1" in page.url()
    graph.get_by_role("button", name="2 Web").press("Shift+Enter")
    graph.get_by_text("Databases already comes before Web: 1 → 2").wait_for()
    line = graph.get_by_role("button", name="Web starts after Databases")
    line.press("Delete")
    line.wait_for(state="detached")
    page.keyboard().press("Control+z")
    line.wait_for(state="attached")
    page.dragAndDrop(".node-handle >> nth=1", "[data-wave='1']")
    graph.get_by_text("Databases already comes before Web: 1 → 2").wait_for()
    line.press("Delete")
    page.dragAndDrop(".node-handle >> nth=1", "[data-wave='1']")
    graph.get_by_role("button", name="Databases starts after Web").wait_for(state="attached")
    graph.get_by_role("button", name="2 Web").click()
    page.get_by_text("It waits for nothing and starts at once.").wait_for()
    require_access(page)


def test_an_earlier_version_is_compared_and_restored(as_role: Open, admin: RestClient, plan: Any) -> None:
    save_elsewhere(admin, plan, rtoMinutes=90)
    page = as_role("DRSPlanManager", f"/plans/{plan['planId']}/versions?from=1&to=2")
    page.get_by_text("RTO 1 h 30 min (before: 1 h).").wait_for()
    require_access(page)
    page.get_by_role("button", name="Restore version 1").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("RTO 1 h (before: 1 h 30 min).").wait_for()
    dialog.get_by_role("button", name="Save version 3").click()
    dialog.wait_for(state="hidden")
    saved = admin.get(f"/recovery-plans/{plan['planId']}").body
    assert (saved["version"], saved["rtoMinutes"]) == (3, 60)


def test_leaving_an_edit_with_changes_asks(as_role: Open, plan: Any) -> None:
    page = as_role("DRSPlanManager", f"/plans/{plan['planId']}/edit")
    page.get_by_label("Owner").fill("Shop team")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("dialog", name="Leave without saving?").get_by_role("button", name="Go on editing").click()
    assert page.get_by_label("Owner").input_value() == "Shop team"
    page.keyboard().press("Control+z")
    assert page.get_by_label("Owner").input_value() == ""
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("heading", name=plan["name"], level=1).wait_for()


def test_a_plan_is_made(
    as_role: Open, admin: RestClient, new_name: Callable[[], str], new_group: Callable[..., Any]
) -> None:
    name, group = new_name(), new_group()
    page = as_role("DRSPlanManager", "/plans/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("navigation", name="Parts of the plan").get_by_role("button", name="1 without a name").click()
    page.get_by_role("heading", name="Wave 1").wait_for()
    page.get_by_label("Name", exact=True).fill("Databases")
    page.get_by_role("button", name="Choose the groups that").click()
    page.get_by_role("option", name=group["name"]).click()
    page.keyboard().press("Escape")
    page.get_by_role("button", name="Save version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Create the plan").click()
    page.get_by_role("heading", name=name, level=1).wait_for()
    made = admin.get(f"/recovery-plans/{page.url().rpartition('/')[2]}").body
    assert made["waves"][0]["protectionGroupIds"] == [group["groupId"]]
