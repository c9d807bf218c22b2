"""Servers and protection groups in a real page: finding, making, changing, deleting, and launch settings."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.cloud import LocalCloud
from tests.browser.conftest import Open, Problems
from tests.browser.test_access import require_access
from tests.integration.conftest import EAST, REGION_OF, RestClient
from tests.waiting import eventually

pytestmark = pytest.mark.slow

KEEP_WHAT_IS_SAVED = """(() => {
  const made = URL.createObjectURL;
  window.saved = [];
  URL.createObjectURL = (blob) => {
    blob.text().then((text) => window.saved.push(text));
    return made(blob);
  };
})()"""


def sync_inventory(admin: RestClient) -> None:
    done = admin("POST", "/drs/syncs/source-server-inventory", {})
    assert done.body["outcome"] == "COMPLETED", done.body


def test_a_server_is_found_in_the_fleet_and_shown_with_its_recovery_points(
    as_role: Open, admin: RestClient, new_servers: Callable[..., list[str]]
) -> None:
    server_id = new_servers(state="CONTINUOUS")[0]
    sync_inventory(admin)
    page = as_role("DRSReadOnly", f"/servers?accountId={EAST}")
    page.get_by_label("Find by the beginning of a host name, an address or an id").fill(server_id)
    table = page.get_by_role("grid", name="Source servers")
    table.get_by_text(REGION_OF[EAST]).first().wait_for()
    page.wait_for_url(f"**/servers?accountId={EAST}&q={server_id}")
    require_access(page)
    table.get_by_role("link").first().click()
    page.get_by_role("table", name="Recovery points").wait_for()
    page.get_by_text("No group holds this server").wait_for()
    page.get_by_role("button", name="Ask DRS now").click()
    page.get_by_text("As DRS answered at").wait_for()
    require_access(page)


def test_a_group_is_chosen_with_its_place_until_a_place_is_chosen(
    as_role: Open, admin: RestClient, new_group: Callable[..., Any]
) -> None:
    """The place saves a read of the group (ADR 69)."""
    group = new_group()
    sync_inventory(admin)
    page = as_role("DRSReadOnly", "/servers")
    page.get_by_role("button", name="Protection group").click()
    page.get_by_role("option", name=group["name"]).click()
    eventually(lambda: f"groupId={group['groupId']}" in page.url())
    assert f"accountId={EAST}&region={REGION_OF[EAST]}" in page.url()
    table = page.get_by_role("grid", name="Source servers")
    eventually(lambda: table.get_by_role("link", name=group["name"]).count() == len(group["sourceServerIds"]))
    page.get_by_role("button", name="Account").click()
    page.get_by_role("option", name="All accounts").click()
    eventually(lambda: page.url().endswith("/servers"))


def test_what_is_filtered_is_saved_as_a_file(
    as_role: Open, admin: RestClient, new_servers: Callable[..., list[str]]
) -> None:
    server_id = new_servers()[0]
    sync_inventory(admin)
    page = as_role("DRSReadOnly", f"/servers?q={server_id}")
    page.get_by_role("grid", name="Source servers").get_by_role("link").first().wait_for()
    page.evaluate(KEEP_WHAT_IS_SAVED)
    page.get_by_role("button", name="CSV").click()
    # Asked from outside: the page's policy forbids a function that is made from text in the page.
    eventually(lambda: page.evaluate("window.saved.length") == 1)
    lines = page.evaluate("window.saved[0]").strip().splitlines()
    assert len(lines) == 2
    assert server_id in lines[1]


def test_a_group_is_made_by_tags_with_a_preview_and_deleted_by_its_name(
    as_role: Open, admin: RestClient, new_name: Callable[[], str], new_servers: Callable[..., list[str]]
) -> None:
    name, tag = new_name(), new_name()
    new_servers(2, Shelf=tag)
    sync_inventory(admin)
    page = as_role("DRSPlanManager", "/groups/new")
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("button", name="Account and Region").click()
    page.get_by_role("option", name=REGION_OF[EAST]).first().click()
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_label("Key of tag 1").fill("Shelf")
    page.keyboard().press("Escape")
    page.get_by_label("Value of tag 1").fill(tag)
    page.keyboard().press("Escape")
    page.get_by_role("table", name="Servers that match").get_by_text("Stopped").first().wait_for()
    page.get_by_text("(2)").wait_for()
    page.get_by_role("button", name="All optional").click()
    require_access(page)
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Copy the tags").click()
    page.get_by_role("option", name="Yes").click()
    require_access(page)
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_text("2 servers of it are OPTIONAL").wait_for()
    page.get_by_role("button", name="Make the group").click()
    page.get_by_text(f"The group {name} was made.").wait_for()
    page.get_by_role("tab", name="Servers 2").wait_for()
    page.get_by_role("button", name="Delete …").click()
    dialog = page.get_by_role("dialog", name=f"Delete the group {name}?")
    assert dialog.get_by_role("button", name="Delete group").is_disabled() is True
    require_access(page)
    dialog.get_by_role("textbox").fill(name.upper())
    dialog.get_by_role("button", name="Delete group").click()
    page.get_by_text(f"The group {name} was deleted.").wait_for()


def test_what_somebody_else_saved_meanwhile_is_shown_and_nothing_typed_is_lost(
    as_role: Open, admin: RestClient, new_group: Callable[..., Any], problems: Problems
) -> None:
    problems.expect("status of 409")
    group = new_group()
    path = f"/protection-groups/{group['groupId']}"
    page = as_role("DRSPlanManager", f"/groups/{group['groupId']}/edit")
    page.get_by_label("Description").fill("mine")
    theirs = {"name": group["name"], "sourceServerIds": group["sourceServerIds"], "description": "theirs", "version": 1}
    assert admin("PUT", path, theirs).status == 200
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Next", exact=True).click()
    page.get_by_role("button", name="Save the group").click()
    page.get_by_text("saved version 2 while you were editing").wait_for()
    page.get_by_text("Description: theirs (before: none).").wait_for()
    require_access(page)
    page.get_by_role("button", name="Put mine on top").click()
    page.get_by_text("Description: mine (before: theirs).").wait_for()
    page.get_by_role("button", name="Save the group").click()
    page.get_by_text("was saved as version 3").wait_for()
    assert admin.get(path).body["group"]["description"] == "mine"


def test_launch_settings_are_applied_server_by_server(
    as_role: Open, admin: RestClient, new_group: Callable[..., Any], new_servers: Callable[..., list[str]]
) -> None:
    servers = new_servers(2, state="CONTINUOUS")
    group = new_group(sourceServerIds=servers, launchDefaults={"copyTags": True})
    sync_inventory(admin)
    page = as_role("DRSPlanManager", f"/groups/{group['groupId']}?tab=settings")
    page.get_by_role("row", name="Copy the tags").get_by_text("from the group").wait_for()
    require_access(page)
    page.get_by_role("button", name="Apply …").click()
    page.get_by_role("dialog", name="Apply to 2 servers?").get_by_role("button", name="Apply to 2").click()
    page.get_by_text("2 of 2 servers done").first().wait_for()
    found = admin.get(f"/protection-groups/{group['groupId']}/launch-settings").body
    assert found["counts"] == {"APPLIED": 2}, json.dumps(found)
    page.get_by_role("tab", name="Servers 2").click()
    page.get_by_role("grid", name="Servers of the group").get_by_text("Applied").nth(1).wait_for()
    page.get_by_role("tab", name="History").click()
    page.get_by_text("What lies between is in the audit log.").wait_for()


def test_who_may_only_look_sees_why(as_role: Open, cloud: LocalCloud, new_group: Callable[..., Any]) -> None:
    group = new_group()
    page = as_role("DRSReadOnly", f"/groups/{group['groupId']}")
    page.get_by_role("button", name="Delete …").hover()
    page.get_by_text("Needs the permission 'delete-groups'").last().wait_for()
    assert page.get_by_role("link", name="Audit log").count() == 0
