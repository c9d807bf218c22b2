"""On a phone: what waits is seen and approved, tables are cards, and the views are under the thumb."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.browser.test_access import require_access
from tests.browser.test_execution import started
from tests.integration.conftest import RestClient

pytestmark = pytest.mark.slow

PHONE = {"width": 390, "height": 844}
HEIGHTS = """[...document.querySelectorAll(%r)].map((each) => each.getBoundingClientRect().height)"""


def test_a_drill_is_found_approved_and_watched_on_a_phone(
    as_role: Open,
    admin: RestClient,
    new_plan: Callable[..., Any],
    new_group: Callable[..., Any],
    new_servers: Callable[..., list[str]],
) -> None:
    name, execution = started(admin, new_plan, new_group, new_servers(state="CONTINUOUS"))
    page = as_role("DRSRecoveryManager", "/groups", viewport=PHONE)
    card = page.get_by_role("list", name="Protection groups").get_by_role("listitem").first()
    card.get_by_text("More").click()
    assert card.locator("> dl > div").count() == 4
    require_access(page)
    page.get_by_role("link", name=f"DRILL {name}: wave 1 needs an approval").wait_for()
    page.goto(page.evaluate(f"location.origin + '/executions/{execution}'"))
    page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog", name="Approve wave 1, Databases?")
    dialog.get_by_role("button", name="Approve wave 1").wait_for()
    assert min(page.evaluate(HEIGHTS % ".dialog-buttons button, .decision-acts button:not([class*=link])")) >= 44
    require_access(page)
    dialog.get_by_role("button", name="Approve wave 1").click()
    dialog.get_by_text("Done").wait_for()
    dialog.get_by_role("button", name="Close").first().click()
    bar = page.get_by_role("navigation", name="Watch")
    for view, sight in (("Servers", "shown of 1 server"), ("Timeline", "was approved by"), ("Waves", "starts at once")):
        bar.get_by_role("button", name=view).click()
        page.get_by_text(sight).first().wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    require_access(page)
    admin("POST", f"/executions/{execution}/cancel", {})
