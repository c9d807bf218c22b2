"""On paper: light, without frame and buttons, with all rows, and with what it is, when and by whom on its edge."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.integration.conftest import RestClient
from tests.waiting import eventually

pytestmark = pytest.mark.slow

EDGE = "document.documentElement.style.getPropertyValue('--printed-when')"
GROUND = "getComputedStyle(document.body).backgroundColor"


def test_the_audit_log_is_printed_whole(as_role: Open, admin: RestClient, new_group: Callable[..., Any]) -> None:
    # Without what was done before this test: all of it would be printed.
    begun = datetime.now(UTC)
    new_group()
    for _ in range(60):
        admin.get("/user")
    page = as_role("DRSOrchestrationAdmin", f"/audit?startedAfter={begun:%Y-%m-%dT%H:%M:%SZ}", colorScheme="dark")
    table = page.get_by_role("grid", name="Audit log")
    table.wait_for()
    page.evaluate("window.print = () => dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", colorScheme="dark")
    assert page.evaluate("document.querySelectorAll('tbody tr').length") == 50
    page.evaluate("[...document.querySelectorAll('button')].find((each) => each.innerText === 'Print').click()")
    page.get_by_role("table", name="Audit log").wait_for()
    eventually(lambda: page.evaluate("document.querySelectorAll('tbody tr').length") > 50)
    assert json.loads(page.evaluate(EDGE)).endswith("UTC by orchestration-admin@example.com")
    assert page.evaluate(GROUND) == "rgb(255, 255, 255)"
    assert page.get_by_role("banner").is_visible() is False
    assert page.get_by_role("button").count() == 0
    assert " UTC" in page.get_by_role("row").nth(1).inner_text()
    assert page.printed_pages() > 1
