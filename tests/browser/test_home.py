"""Home, the search in the header, and the history of executions with its grid."""

from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Open, Problems
from tests.browser.test_access import require_access
from tests.integration.conftest import RestClient
from tests.waiting import eventually

Make = Callable[..., Any]


def cancelled(admin: RestClient, plan: Any) -> str:
    """An execution that was cancelled before anything was launched."""
    started = admin("POST", "/executions", {"planId": plan["planId"], "mode": "DRILL"})
    assert started.status == 202, started.body
    execution: str = started.body["execution"]["executionId"]
    answer = admin("POST", f"/executions/{execution}/cancel", {})
    assert answer.status < 300, answer.body
    eventually(lambda: admin.get(f"/executions/{execution}").body["execution"]["endedAt"])
    return execution


def approved_plan(new_plan: Make, new_group: Make, new_servers: Make) -> Any:
    """A plan that launches nothing by itself."""
    group = new_group(sourceServerIds=new_servers(state="CONTINUOUS"))
    wave = {"number": 1, "name": "Data", "protectionGroupIds": [group["groupId"]], "approvalRequired": True}
    return new_plan(waves=[wave])


def test_home_shows_the_estate_and_leads_to_the_start_of_a_plan(as_role: Open, new_plan: Make) -> None:
    plan = new_plan()
    page = as_role("DRSOperator")
    page.get_by_role("region", name="Health").get_by_role("link", name="Capacity").wait_for()
    page.get_by_role("heading", name="Outcomes, 90 days").wait_for()
    page.get_by_label("Find a plan by the beginning of its name").fill(plan["name"])
    page.get_by_role("link", name=f"Start … {plan['name']}").click()
    page.waitForURL(f"**/plans/{plan['planId']}/start")


def test_an_empty_installation_is_told_its_first_steps(as_role: Open) -> None:
    page = as_role("DRSOrchestrationAdmin", "/settings/tag-sync")
    page.answer("**/api/recovery-plans?*", 200, {"items": [], "nextCursor": None}, times=9)
    page.answer("**/api/protection-groups?*", 200, {"items": [], "nextCursor": None}, times=9)
    page.get_by_role("link", name="Home").click()
    steps = page.get_by_role("listitem")
    steps.filter(hasText="Connect an account").get_by_text("done", exact=True).wait_for()
    steps.filter(hasText="Make a protection group").get_by_role("link", name="Make a protection group").wait_for()
    require_access(page)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_search_is_reached_by_a_key_and_opens_what_arrows_choose(
    as_role: Open, new_plan: Make, problems: Problems
) -> None:
    problems.expect("status of 503")
    plan = new_plan()
    page = as_role("DRSReadOnly", "/settings/tag-sync")
    page.keyboard().press("/")
    page.keyboard().type(plan["name"])
    page.get_by_role("option", name=plan["name"]).first().wait_for()
    page.keyboard().press("ArrowDown")
    field = page.get_by_role("combobox", name="Find a plan")
    active = field.get_attribute("aria-activedescendant")
    assert page.get_by_role("option", selected=True).get_attribute("id") == active
    require_access(page)
    page.keyboard().press("Enter")
    page.get_by_role("heading", level=1, name=plan["name"]).wait_for()
    assert page.evaluate("document.activeElement.querySelector('h1') !== null") is True

    page.keyboard().press("Control+k")
    page.get_by_role("listbox", name="Opened before").get_by_role("option", name=plan["name"]).wait_for()
    error = {"code": "Unavailable", "message": "DynamoDB does not answer.", "details": {}, "retryable": True}
    page.answer("**/api/search?*", 503, {"error": error, "requestId": "0f2a6c1e"})
    field.fill("no such thing")
    page.get_by_text("The search failed. DynamoDB does not answer.").wait_for()
    page.get_by_role("search").get_by_role("button", name="Try again").click()
    page.get_by_text("Nothing was found for “no such thing”.").wait_for()
    page.keyboard().press("Escape")
    page.get_by_text("Nothing was found for").wait_for(state="hidden")


def test_the_search_fits_a_phone(as_role: Open, new_plan: Make) -> None:
    plan = new_plan()
    page = as_role("DRSReadOnly", viewport={"width": 390, "height": 844})
    page.get_by_role("combobox", name="Find a plan").fill(plan["name"])
    page.get_by_role("option", name=plan["name"]).first().click()
    page.get_by_role("heading", level=1, name=plan["name"]).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_several_executions_are_deleted_and_each_that_stays_says_why(
    as_role: Open, admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    plan = approved_plan(new_plan, new_group, new_servers)
    first, second = cancelled(admin, plan), cancelled(admin, plan)
    page = as_role("DRSOrchestrationAdmin", f"/executions?plan={plan['planId']}&days=0")
    page.get_by_role("row", name=plan["name"]).nth(1).wait_for()
    page.get_by_role("checkbox", name="Choose all").check()
    page.get_by_role("button", name="Delete …").click()
    dialog = page.get_by_role("dialog", name="Delete 2 executions?")
    dialog.get_by_text("the audit log stays").wait_for()
    dialog.get_by_label("To confirm").fill("delete")
    require_access(page)
    refusal = {"code": "InUse", "message": "Its instances are being terminated."}
    results = [
        {"executionId": first, "deleted": False, **refusal},
        {"executionId": second, "deleted": True, "code": "", "message": ""},
    ]
    page.answer("**/api/executions/delete", 200, {"items": results})
    dialog.get_by_role("button", name="Delete 2").click()
    page.get_by_text("1 execution deleted, 1 not deleted.").wait_for()
    page.get_by_text("Not deleted. Its instances are being terminated.").wait_for()
    page.get_by_role("button", name="Try 1 again").click()
    page.get_by_text("1 execution deleted.", exact=True).wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Close").last().click()
    page.get_by_role("row", name=plan["name"]).nth(1).wait_for(state="hidden")
    assert [admin.get(f"/executions/{each}").status for each in (first, second)] == [404, 200]


def test_the_grid_shows_the_last_runs_of_each_plan_and_keeps_its_filter_in_the_address(
    as_role: Open, admin: RestClient, new_plan: Make, new_group: Make, new_servers: Make
) -> None:
    plan = approved_plan(new_plan, new_group, new_servers)
    execution = cancelled(admin, plan)
    page = as_role("DRSReadOnly", f"/executions?q={plan['name']}")
    page.get_by_role("button", name="Grid").click()
    cell = page.get_by_role("row", name=plan["name"]).get_by_role("link", name="DRILL cancelled")
    cell.wait_for()
    assert "&view=grid" in page.url()
    require_access(page)
    page.goto(f"{page.url()}&status=FAILED")
    page.get_by_role("link", name="not of the filter").click()
    page.waitForURL(f"**/executions/{execution}")
