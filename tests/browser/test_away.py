"""Without connection nothing can be sent and nothing is lost; with it again, what has changed is said."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Open, Problems
from tests.browser.test_access import require_access
from tests.browser.test_execution import started
from tests.browser.test_forms import PATH, settings_of
from tests.browser.tested_page import TestedPage
from tests.integration.conftest import RestClient

pytestmark = pytest.mark.slow

Make = Callable[..., Any]

ENABLED = """[...document.querySelectorAll('#content :is(button, a[role=button])')]
    .filter((each) => !each.matches('[role=tab], [aria-haspopup], [aria-pressed], :disabled, [aria-disabled=true]'))
    .filter((each) => each.checkVisibility())
    .map((each) => (each.getAttribute('aria-label') || each.textContent).trim())
"""
"""What can be pressed on a page, but for tabs, lists of choices and switches of a view."""
READING = re.compile(
    "Try again|Print|CSV|JSON|YAML|Choose( the day| a file)?|Copy.*|Verify|Page .*|Next page|Show .*|Fit|100 %|Larger|"
    "Smaller|Table|Find accounts that DRS names|none: own settings .*|The plan.*|1 Wave 1.*|Wave|Step .*|Cancel|Next|"
    "Previous|Grid|History"
)
"""What sends nothing, or asks only: all else is an act."""


def test_a_form_keeps_what_was_typed_and_cannot_be_sent_until_the_connection_is_back(
    as_role: Open, admin: RestClient, problems: Problems
) -> None:
    problems.expect("ERR_INTERNET_DISCONNECTED")
    page = as_role("DRSOrchestrationAdmin", PATH)
    hours = page.get_by_label("Hours between two runs")
    hours.fill("19")
    page.get_by_text("Live", exact=True).wait_for()
    page.context().set_offline(True)
    notice = page.get_by_role("region", name="Connection")
    notice.get_by_text("nothing can be sent until it is back").wait_for()
    page.get_by_text("under a minute old").first().wait_for()
    save = page.get_by_role("button", name="Save")
    assert (save.is_disabled(), hours.is_disabled(), hours.input_value()) == (True, False, "19")
    save.focus()
    page.get_by_role("tooltip").get_by_text("No connection since").wait_for()
    require_access(page)
    before = settings_of(admin)
    admin("PUT", "/config/tag-sync", {"enabled": True, "everyHours": 5, "version": before["version"]})
    page.context().set_offline(False)
    notice.get_by_text("Back since").wait_for()
    notice.get_by_text("changed meanwhile").wait_for()
    assert "Nothing" not in notice.inner_text()
    page.get_by_role("button", name="Keep mine").click()
    assert (save.is_disabled(), hours.input_value()) == (False, "19")
    notice.get_by_role("button", name="Close").click()
    notice.wait_for(state="hidden")


PAGES = {
    "runs": {
        "/": (),
        "/executions": (),
        "/executions/{execution}": ("Pause", "Cancel …", "Approve …", "Reject …"),
        "/servers": (),
        "/capacity": (),
    },
    "plans": {
        "/plans": (),
        "/plans/{plan}": ("Delete …",),
        "/plans/{plan}/preflight": (),
        "/plans/{plan}/start": (),
        "/plans/{plan}/edit": (),
        "/plans/{plan}?tab=versions": (),
        "/plans/{plan}?tab=preflight": ("Check",),
    },
    "groups": {
        "/groups": (),
        "/groups/new": (),
        "/groups/{group}": ("Delete …",),
        "/groups/{group}?tab=settings": ("Compare with AWS now", "Apply …"),
    },
    "accounts": {
        "/accounts": (),
        "/accounts/new": ("Register",),
        "/accounts/222233334444": ("Remove …", "Validate"),
        "/accounts/222233334444/edit": ("Save",),
        "/audit": (),
        "/audit/verify": (),
    },
    "settings": {
        "/settings/defaults": (),
        "/settings/tag-sync": ("Save", "Show what would change"),
        "/settings/outgoing-hosts": (),
        "/settings/retention": (),
        "/settings/syncs": ("Run now: Tags",),
        "/settings/transfer": (),
    },
}
"""Pages with acts that are possible on them: a page is looked at when it has them."""


@pytest.mark.parametrize("pages", PAGES.values(), ids=PAGES)
def test_every_page_shows_a_lost_connection_has_no_button_that_acts_without_it_and_heals(
    pages: dict[str, tuple[str, ...]],
    as_role: Open,
    admin: RestClient,
    new_plan: Make,
    new_group: Make,
    new_servers: Callable[..., list[str]],
    problems: Problems,
) -> None:
    problems.expect("ERR_INTERNET_DISCONNECTED")
    _, execution = started(admin, new_plan, new_group, new_servers(state="CONTINUOUS"))
    ids = {"execution": execution, "plan": new_plan()["planId"], "group": new_group()["groupId"]}
    page = as_role("DRSOrchestrationAdmin")
    for path, acts in pages.items():
        page.goto(page.evaluate("location.origin") + path.format(**ids))
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
        for name in acts:
            act_of(page, name).wait_for()
        page.context().set_offline(True)
        connection = page.get_by_role("region", name="Connection")
        connection.get_by_text("nothing can be sent").wait_for()
        assert [name for name in page.evaluate(ENABLED) if not READING.fullmatch(name)] == [], path
        page.context().set_offline(False)
        connection.get_by_text("Back since").wait_for()
        page.get_by_text("Live", exact=True).wait_for()
    admin("POST", f"/executions/{execution}/cancel", {})


def test_the_last_step_of_a_group_says_why_it_cannot_be_saved_without_connection(
    as_role: Open, new_group: Make, problems: Problems
) -> None:
    problems.expect("ERR_INTERNET_DISCONNECTED")
    page = as_role("DRSPlanManager", f"/groups/{new_group()['groupId']}/edit")
    for _ in range(3):
        page.get_by_role("button", name="Next", exact=True).click()
    save = act_of(page, "Save the group")
    assert save.is_enabled() is True
    page.context().set_offline(True)
    page.get_by_role("region", name="Connection").get_by_text("nothing can be sent").wait_for()
    assert save.is_disabled() is True
    save.focus()
    page.get_by_role("tooltip").get_by_text("No connection since").wait_for()
    page.context().set_offline(False)


def act_of(page: TestedPage, name: str) -> Any:
    return page.locator("#content").get_by_role("button", name=name).first()
