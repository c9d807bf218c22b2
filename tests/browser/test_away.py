"""Without connection nothing can be sent and nothing is lost; with it again, what has changed is said."""

from tests.browser.conftest import Open, Problems
from tests.browser.test_access import require_access
from tests.browser.test_forms import PATH, settings_of
from tests.integration.conftest import RestClient


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
