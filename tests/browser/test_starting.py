"""A plan is started from where it is found: from its row in the list of plans, and from its card on a phone."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.browser.test_access import require_access
from tests.browser.test_phone import HEIGHTS, PHONE

pytestmark = pytest.mark.slow

Make = Callable[..., Any]


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "desk"])
def test_the_list_of_plans_leads_to_the_start_of_each(as_role: Open, new_plan: Make, viewport: Any) -> None:
    plan = new_plan()
    page = as_role("DRSOperator", f"/plans?q={plan['name']}", viewport=viewport)
    start = page.get_by_role("link", name=f"Start … {plan['name']}")
    start.wait_for()
    if viewport is PHONE:
        assert min(page.evaluate(HEIGHTS % ".card-action a")) >= 44
    require_access(page)
    start.press("Enter")
    page.waitForURL(f"**/plans/{plan['planId']}/start")


def test_a_reader_is_told_on_the_card_who_may_start(as_role: Open, new_plan: Make) -> None:
    plan = new_plan()
    page = as_role("DRSReadOnly", f"/plans?q={plan['name']}", viewport=PHONE)
    start = page.locator(".card-action a")
    start.wait_for()
    assert start.get_attribute("aria-disabled") == "true"
    reason = start.get_attribute("aria-describedby")
    assert "Needs the permission 'start-drill'" in page.locator(f"[id='{reason}']").text_content()
