"""The page of a live execution: decisions by dialogs, views of one selection, and what is left after the end."""

from collections.abc import Callable
from typing import Any

from tests.browser.conftest import Open, start_drill
from tests.browser.test_access import require_access
from tests.integration.conftest import RestClient

Make = Callable[..., Any]


def started(admin: RestClient, new_plan: Make, new_group: Make, servers: list[str]) -> tuple[str, str]:
    """A drill of a plan whose only wave needs an approval: the plan's name and the execution."""
    group = new_group(sourceServerIds=servers)
    wave = {
        "number": 1,
        "name": "Databases",
        "protectionGroupIds": [group["groupId"]],
        "approvalRequired": True,
    }
    plan = new_plan(waves=[wave])
    return plan["name"], start_drill(admin, plan)


def test_a_drill_is_approved_watched_to_its_end_and_its_instances_are_terminated(
    as_role: Open, admin: RestClient, new_plan: Make, new_group: Make, new_servers: Callable[..., list[str]]
) -> None:
    name, execution = started(admin, new_plan, new_group, new_servers(state="CONTINUOUS"))
    page = as_role("DRSRecoveryManager", f"/executions/{execution}?view=servers")
    page.get_by_role("heading", level=1, name=name).wait_for()
    card = page.get_by_role("article", name="Wave 1 Databases needs an approval")
    card.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog", name="Approve wave 1, Databases?")
    dialog.get_by_text("Wave 1 starts now.").wait_for()
    assert "do=approve" in page.url()
    dialog.get_by_label("Comment").fill("The network team agrees.")
    dialog.get_by_role("button", name="Approve wave 1").click()
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").first().click()
    card.wait_for(state="hidden")

    page.get_by_text("Completed", exact=True).first().wait_for()
    page.get_by_role("row").get_by_text("Launched, not checked yet").wait_for()
    for view, sight in (("Timeline", "Wave 1 'Databases' is COMPLETED."), ("Report", "What people did")):
        page.get_by_role("tab", name=view).click()
        page.get_by_text(sight).first().wait_for()
    require_access(page)

    page.get_by_role("button", name="Terminate instances").first().click()
    end = page.get_by_role("dialog", name="Terminate 1 instance of this DRILL")
    act = end.get_by_role("button", name="Terminate 1 instance")
    assert act.is_disabled() is True
    end.get_by_label("Type terminate to confirm").fill("Terminate ")
    assert page.grave_findings() == []
    act.click()
    end.get_by_text("Done").wait_for()


def test_an_operator_sees_why_not_and_reaches_everything_by_keys_and_links(
    as_role: Open, admin: RestClient, new_plan: Make, new_group: Make, new_servers: Callable[..., list[str]]
) -> None:
    name, _ = started(admin, new_plan, new_group, new_servers(state="CONTINUOUS"))
    page = as_role("DRSOperator", "/executions")
    page.get_by_role("row", name=name).get_by_role("link", name=name).click()
    page.get_by_role("heading", level=1, name=name).wait_for()
    node = page.get_by_role("button", name="1 Databases")
    node.press("Enter")
    panel = page.get_by_role("complementary", name="Selected wave")
    panel.get_by_text("not given yet").wait_for()
    assert "wave=1" in page.url()
    page.keyboard().press("2")
    page.get_by_role("group", name="Times of the waves").get_by_role("button", name="Not started").wait_for()
    page.keyboard().press("Escape")
    panel.wait_for(state="hidden")
    assert "wave=" not in page.url()
    page.keyboard().press("4")
    page.get_by_role("list", name="Timeline, newest first").get_by_text("needs an approval").first().wait_for()
    page.get_by_label("People only").click()
    page.waitForURL("**people=true**")
    page.keyboard().press("Tab")
    page.keyboard().press(".")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Timeline, newest first"
    assert page.get_by_role("button", name="Approve").is_disabled() is True
    page.goto(page.url().replace("view=timeline&people=true", "do=cancel"))
    dialog = page.get_by_role("dialog", name="Cancel this DRILL")
    dialog.get_by_label("Type cancel to confirm").fill("cancel")
    assert page.evaluate("document.activeElement.tagName") == "INPUT"
    page.keyboard().press("Enter")
    dialog.get_by_text("No other wave starts.").wait_for()
    dialog.get_by_role("button", name="Close").first().click()
    page.get_by_role("heading", level=1, name="Cancelled").wait_for()


def test_the_second_of_two_who_decide_learns_what_the_first_has_decided(
    as_role: Open, admin: RestClient, new_plan: Make, new_group: Make, new_servers: Callable[..., list[str]]
) -> None:
    _, execution = started(admin, new_plan, new_group, new_servers(state="CONTINUOUS"))
    page = as_role("DRSRecoveryManager", f"/executions/{execution}?wave=1&do=approve")
    dialog = page.get_by_role("dialog", name="Approve wave 1, Databases?")
    dialog.get_by_label("Comment").fill("The network team agrees.")
    approved = admin("POST", f"/executions/{execution}/waves/1/approve", {"comment": "By telephone"})
    assert approved.status == 200, approved.body
    dialog.get_by_text("This was decided meanwhile").wait_for()
    dialog.get_by_text("Approved by orchestration-admin@example.com: “By telephone”").wait_for()
    assert dialog.get_by_role("button", name="Approve wave 1").count() == 0
    assert page.grave_findings() == []
    dialog.get_by_role("button", name="Close").first().click()


def test_a_reader_is_told_who_may_take_each_act(
    as_role: Open, admin: RestClient, new_plan: Make, new_group: Make, new_servers: Callable[..., list[str]]
) -> None:
    _, execution = started(admin, new_plan, new_group, new_servers(state="CONTINUOUS"))
    page = as_role("DRSReadOnly", f"/executions/{execution}")
    page.get_by_role("article", name="Wave 1 Databases needs an approval").wait_for()
    for act in ("Pause", "Cancel …", "Approve …", "Reject …", "Skip …"):
        button = page.get_by_role("button", name=act, exact=True)
        assert button.is_disabled() is True, act
        button.focus()
        page.get_by_text("permission").last().wait_for()
        page.keyboard().press("Escape")
    page.goto(page.url() + "?do=cancel")
    dialog = page.get_by_role("dialog", name="Cancel this DRILL")
    dialog.get_by_text("permission").first().wait_for()
    dialog.get_by_label("Type cancel to confirm").fill("cancel")
    assert dialog.get_by_role("button", name="Cancel the DRILL").is_disabled() is True
    admin("POST", f"/executions/{execution}/cancel")
