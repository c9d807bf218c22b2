"""Accounts, settings, syncs, export and import, and the audit log in a real page."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Open, Problems
from tests.browser.test_access import PHONE, require_access
from tests.integration.conftest import EAST, RestClient

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("path", "sign"),
    [
        ("/groups", "Protection groups"),
        ("/accounts", "Accounts"),
        ("/accounts/new", "Register an account"),
        ("/capacity", "Capacity"),
        ("/settings/defaults", "Launch defaults"),
        ("/settings/outgoing-hosts", "Outgoing hosts"),
        ("/settings/syncs", "Syncs"),
        ("/settings/transfer", "Export and import"),
        ("/audit/verify", "Verify the chain"),
    ],
)
def test_a_page_keeps_nobody_out(as_role: Open, path: str, sign: str) -> None:
    page = as_role("DRSOrchestrationAdmin", path)
    page.get_by_role("heading", name=sign, level=1).wait_for()
    page.wait_for_load_state("networkidle")
    require_access(page)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_bars_of_capacity_are_as_long_as_their_numbers_say(as_role: Open) -> None:
    page = as_role("DRSReadOnly", "/capacity")
    page.get_by_role("table").first().wait_for()
    drawn = page.evaluate(
        """[...document.querySelectorAll(".usage")].map((usage) => {
            const numbers = usage.textContent.replaceAll(",", "").match(/\\d+(?= of )|(?<= of )\\d+/g);
            const [used, limit] = numbers.map(Number);
            const [bar, part] = [".usage-bar", ".usage-part"].map((name) => usage.querySelector(name));
            const share = part.getBoundingClientRect().width / bar.getBoundingClientRect().width;
            return { share, expected: used / limit, colour: getComputedStyle(part).backgroundColor };
        })"""
    )
    assert any(bar["expected"] > 0 for bar in drawn)
    assert [bar for bar in drawn if abs(bar["share"] - bar["expected"]) > 0.02] == []
    assert "rgba(0, 0, 0, 0)" not in {bar["colour"] for bar in drawn}, "a bar has the colour of its level"


def test_an_account_is_validated_with_the_command_that_repairs_it(as_role: Open) -> None:
    page = as_role("DRSOperator", f"/accounts/{EAST}")
    page.answer(
        f"**/api/accounts/targets/{EAST}/validate",
        200,
        {
            "accountId": EAST,
            "usable": False,
            "checkedAt": "2026-01-15T10:00:00Z",
            "notChecked": [],
            "checks": [
                {
                    "access": "OPERATE",
                    "what": "assume the role",
                    "region": "",
                    "state": "ROLE_NOT_ASSUMABLE",
                    "reason": "AccessDenied",
                    "remedy": "Deploy the stack again.",
                }
            ],
        },
    )
    page.get_by_role("button", name="Validate", exact=True).click()
    page.get_by_text("The account cannot be used as it is.").wait_for()
    page.get_by_text("Role cannot be assumed").wait_for()
    page.get_by_text("aws cloudformation deploy").wait_for()
    require_access(page)
    page.get_by_role("button", name="Validate again").click()
    page.get_by_text("The account can be used.").wait_for()


def test_an_account_is_registered_and_removed_by_its_number(
    as_role: Open, admin: RestClient, new_name: Callable[[], str]
) -> None:
    number, name = "888877776666", new_name()
    page = as_role("DRSOrchestrationAdmin", "/accounts/new")
    page.get_by_label("Account number").fill("88887777")
    page.get_by_role("button", name="Register").click()
    page.get_by_text("The number of an AWS account has 12 digits.").wait_for()
    page.get_by_label("Account number").fill(number)
    page.get_by_label("Name").fill(name)
    page.get_by_label("External id").fill("a-secret-of-its-own")
    page.get_by_role("button", name="Register").click()
    page.get_by_text(f"The account {name} was registered.").wait_for()
    page.get_by_text("Given; it is never shown").wait_for()
    assert admin.get(f"/accounts/targets/{number}").body["hasExternalId"] is True
    page.get_by_role("button", name="Remove …").first().click()
    dialog = page.get_by_role("dialog", name=f"Remove account {number}")
    dialog.get_by_role("textbox").fill(number)
    dialog.get_by_role("button", name="Remove account").click()
    page.get_by_text("was removed. Nothing has changed in it.").wait_for()
    assert admin.get(f"/accounts/targets/{number}").status == 404


def test_defaults_are_saved_and_a_sync_is_run(as_role: Open, admin: RestClient) -> None:
    before = admin.get("/config/launch-defaults").body
    page = as_role("DRSOrchestrationAdmin", "/settings/defaults")
    page.get_by_role("button", name="Detailed monitoring").click()
    page.get_by_role("option", name="Yes").click()
    page.get_by_text("Detailed monitoring: yes (before: inherited)").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    after = admin.get("/config/launch-defaults").body
    assert after["settings"] == {**before["settings"], "monitoring": True}
    admin("PUT", "/config/launch-defaults", {"settings": before["settings"], "version": after["version"]})
    page.get_by_role("link", name="Syncs").click()
    page.get_by_role("button", name="Run now: Inventory of servers").click()
    page.get_by_text("written,").wait_for()


def test_an_import_shows_its_differences_and_leaves_out_what_is_not_chosen(
    as_role: Open, admin: RestClient, new_group: Callable[..., Any], tmp_path: Path
) -> None:
    kept, changed = new_group(tags={"Shelf": "one"}), new_group(tags={"Shelf": "two"})
    document = json.loads(admin.get("/config/export?format=json").body["text"])
    document = {"schemaVersion": document["schemaVersion"], "groups": document["groups"]}
    for group in document["groups"]:
        if group["name"] in {kept["name"], changed["name"]}:
            group["description"] = "imported"
    page = as_role("DRSOrchestrationAdmin", "/settings/transfer")
    file = tmp_path / "configuration.json"
    file.write_text(json.dumps(document))
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_text("2 changed").wait_for()
    require_access(page)
    page.get_by_label(f"Import {kept['name']}").click()
    page.get_by_role("button", name="Import 1 change …").click()
    dialog = page.get_by_role("dialog", name="Import: 1 changed")
    dialog.get_by_role("textbox").fill("import")
    dialog.get_by_role("button", name="Import 1 change").click()
    page.get_by_text("Imported: 1 changed").wait_for()
    descriptions = [
        admin.get(f"/protection-groups/{group['groupId']}").body["group"]["description"] for group in (kept, changed)
    ]
    assert descriptions == ["", "imported"]


def test_the_audit_log_says_what_a_person_did_and_its_chain_is_verified(
    as_role: Open, admin: RestClient, new_group: Callable[..., Any], problems: Problems
) -> None:
    problems.expect("status of 404")
    deleted = new_group()["groupId"]
    admin("DELETE", f"/protection-groups/{deleted}")
    page = as_role("DRSAuditor", "/audit")
    page.get_by_role("link", name="orchestration-admin@example.com: what they did this night").first().click()
    page.wait_for_url("**/audit?principal=orchestration-admin%40example.com&startedAfter=*")
    page.get_by_role("grid", name="Audit log").get_by_text("Create protection group").first().wait_for()
    page.get_by_role("grid", name="Audit log").get_by_role("link", name="20", exact=False).first().click()
    page.get_by_role("heading", name="Parameters").wait_for()
    require_access(page)
    page.goto(page.evaluate("location.origin + '/audit/verify'"))
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("Last link").wait_for()
    page.goto(page.evaluate(f"location.origin + '/groups/{deleted}'"))
    page.get_by_role("link", name="All groups").wait_for()
    page.get_by_role("link", name="What the audit log says of it").click()
    page.get_by_role("grid", name="Audit log").get_by_text("Delete protection group").first().wait_for()


def test_a_page_that_may_not_be_seen_says_for_whom_it_is(as_role: Open, problems: Problems) -> None:
    problems.expect("status of 403")
    page = as_role("DRSOperator", "/audit")
    page.get_by_text("The audit log: not for your role").wait_for()
