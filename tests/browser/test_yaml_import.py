"""A configuration is imported from YAML as from JSON; a file that cannot be read says where."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Open
from tests.browser.test_access import require_access
from tests.integration.conftest import RestClient

pytestmark = pytest.mark.slow


def test_a_yaml_export_with_one_change_is_imported(
    as_role: Open, admin: RestClient, new_group: Callable[..., Any], tmp_path: Path
) -> None:
    group = new_group(tags={"Shelf": "yaml"}, description="before the import of YAML")
    text = admin.get("/config/export?format=yaml").body["text"]
    assert text.count("before the import of YAML") == 1
    file = tmp_path / "configuration.yaml"
    file.write_text(text.replace("before the import of YAML", "after the import of YAML"))
    page = as_role("DRSOrchestrationAdmin", "/settings/transfer")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_text("1 changed").first().wait_for()
    require_access(page)
    page.get_by_role("button", name="Import 1 change …").click()
    dialog = page.get_by_role("dialog", name="Import: 1 changed")
    dialog.get_by_role("textbox").fill("import")
    dialog.get_by_role("button", name="Import 1 change").click()
    page.get_by_text("Imported: 1 changed").wait_for()
    imported = admin.get(f"/protection-groups/{group['groupId']}").body["group"]
    assert imported["description"] == "after the import of YAML"


def test_yaml_that_cannot_be_read_is_refused_before_it_is_sent(as_role: Open, tmp_path: Path) -> None:
    file = tmp_path / "configuration.yaml"
    file.write_text("groups:\n  - name: [one\n")
    page = as_role("DRSOrchestrationAdmin", "/settings/transfer")
    page.locator("input[type=file]").set_input_files(str(file))
    page.get_by_text("line").first().wait_for()
    assert page.get_by_role("button", name="Import").count() == 0
    require_access(page)
