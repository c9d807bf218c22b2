"""The frame around every page: navigation, keyboard, what waits for a person, and a connection that comes and goes."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Open, Problems
from tests.browser.test_access import require_access
from tests.browser.test_execution import started
from tests.integration.conftest import RestClient

pytestmark = pytest.mark.slow


def test_pages_are_reached_by_links_and_keys_and_the_focus_follows(as_role: Open) -> None:
    page = as_role("DRSReadOnly")
    assert page.title() == "Home · DR orchestration"
    page.reload()
    page.get_by_role("heading", name="Home").wait_for()
    page.keyboard().press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("heading", name="Tag sync").wait_for()
    assert page.title() == "Tag sync · Settings · DR orchestration"
    assert page.evaluate("document.activeElement.querySelector('h1')?.textContent") == "Tag sync"
    page.keyboard().press("g")
    page.keyboard().press("h")
    page.get_by_role("heading", name="Home").wait_for()
    page.keyboard().press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    page.keyboard().press("Escape")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for(state="hidden")


def test_an_unknown_page_says_so_and_an_old_build_asks_for_its_own_files_in_vain(
    as_role: Open, problems: Problems
) -> None:
    problems.expect("status of 404")
    page = as_role("DRSReadOnly", "/nothing/here")
    page.get_by_role("heading", name="No such page").wait_for()
    assert page.evaluate("fetch('/assets/of-an-old-build.js').then(({status}) => status)") == 404
    assert page.evaluate("fetch('/.vite/manifest.json').then((answer) => answer.headers.get('content-type'))") == (
        "text/html"
    )


def test_what_waits_for_a_person_is_on_every_page(
    as_role: Open,
    admin: RestClient,
    new_plan: Callable[..., Any],
    new_group: Callable[..., Any],
    new_servers: Callable[..., list[str]],
) -> None:
    name, execution = started(admin, new_plan, new_group, new_servers(state="CONTINUOUS"))
    page = as_role("DRSRecoveryManager", "/settings/tag-sync")
    bar = page.get_by_role("region", name="Waits for a person")
    link = bar.get_by_role("link", name=f"DRILL {name}: wave 1 needs an approval")
    link.wait_for()
    assert page.title().startswith("(1) Tag sync")
    assert link.get_attribute("href") == f"/executions/{execution}?wave=1&do=approve"
    page.keyboard().press("g")
    page.keyboard().press("h")
    page.get_by_role("link", name="Review").wait_for()
    page.get_by_text("0 of 1 server launched").wait_for()
    require_access(page)
    cancelled = admin("POST", f"/executions/{execution}/cancel", {})
    assert cancelled.status < 300, cancelled.body
    bar.wait_for(state="hidden")


def test_a_lost_connection_is_shown_and_heals(as_role: Open, problems: Problems) -> None:
    problems.expect("ERR_INTERNET_DISCONNECTED")
    page = as_role("DRSOperator")
    page.get_by_role("button", name="Live", exact=True).click()
    sources = page.get_by_role("dialog", name="When it was last read")
    sources.get_by_text("/dashboard").wait_for()
    require_access(page)
    sources.get_by_role("button", name="Close").click()
    page.context().set_offline(True)
    page.get_by_text("No connection since").first().wait_for()
    page.get_by_text("Nothing is running.").wait_for()
    page.context().set_offline(False)
    page.get_by_text("Live", exact=True).wait_for()


def test_times_and_theme_are_as_the_person_chooses_also_after_a_reload(as_role: Open) -> None:
    page = as_role("DRSOperator")
    page.get_by_role("button", name="UTC", exact=False).click()
    page.get_by_role("button", name="UTC+0").wait_for()
    page.get_by_role("button", name="user menu").click()
    page.get_by_role("menuitemcheckbox", name="Dark").click()
    page.reload()
    page.get_by_role("button", name="UTC+0").wait_for()
    assert page.evaluate("document.body.classList.contains('awsui-dark-mode')") is True


def test_a_desktop_notice_shows_what_begins_to_wait_for_the_person(
    as_role: Open,
    admin: RestClient,
    new_plan: Callable[..., Any],
    new_group: Callable[..., Any],
    new_servers: Callable[..., list[str]],
) -> None:
    page = as_role("DRSRecoveryManager")
    page.evaluate(
        """window.told = [];
        document.hasFocus = () => false;
        window.Notification = class { constructor(title, { body }) { window.told.push(`${title}: ${body}`); } };
        window.Notification.permission = "denied";
        window.Notification.requestPermission = () => Promise.resolve(window.Notification.permission);"""
    )
    entry = page.get_by_role("menuitemcheckbox", name="Desktop notices of what waits for me")
    page.get_by_role("button", name="user menu").click()
    entry.click()
    page.get_by_role("dialog", name="No desktop notices").get_by_role("button", name="Close").click()
    page.evaluate("window.Notification.permission = 'granted'")
    page.get_by_role("button", name="user menu").click()
    entry.click()
    name, _ = started(admin, new_plan, new_group, new_servers(state="CONTINUOUS"))
    link = page.get_by_role("link", name=f"DRILL {name}: wave 1 needs an approval")
    link.wait_for()
    told = page.evaluate("window.told")
    assert f"DRILL of {name} waits for you: Wave 1 Databases needs an approval." in told


def test_the_list_of_pages_is_open_again_when_there_is_room_again(as_role: Open) -> None:
    page = as_role("DRSReadOnly")
    entry = page.get_by_role("link", name="Settings", exact=True)
    entry.wait_for()
    page.set_viewport_size({"width": 640, "height": 800})
    entry.wait_for(state="hidden")
    page.set_viewport_size({"width": 1280, "height": 800})
    entry.wait_for()
    page.get_by_role("button", name="Hide the pages").click()
    entry.wait_for(state="hidden")
