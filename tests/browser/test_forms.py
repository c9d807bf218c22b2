"""A form in a real page: who may use it, refusals as sentences, and a session that ends over a half-filled one."""

import time

import pytest

from local import tokens
from local.cloud import LocalCloud
from tests.browser.conftest import Open, Problems
from tests.browser.test_access import require_access
from tests.browser.tested_page import TestedPage
from tests.integration.conftest import RestClient

pytestmark = pytest.mark.slow

PATH = "/settings/tag-sync"


def settings_of(admin: RestClient) -> dict[str, object]:
    found: dict[str, object] = admin.get("/config/tag-sync").body
    return found


def end_sessions(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    """All tokens up to now are refused, and those of the role are not renewed."""
    until = int(time.time()) + 900
    monkeypatch.setattr(tokens, "_is_after_now", lambda expiry: expiry > until)
    time.sleep(1)  # tokens have whole seconds
    cloud.client("cognito-idp").admin_user_global_sign_out(
        UserPoolId=cloud.users.pool_id, Username=cloud.users.by_role[role].email
    )


def save(page: TestedPage) -> None:
    """Not with the mouse: the page reads by itself, and may have asked for a person by now, over the button."""
    page.get_by_role("button", name="Save").dispatch_event("click")


def sign_in_again(page: TestedPage, email: str, password: str) -> None:
    ended = page.get_by_role("dialog", name="Your session has ended")
    ended.get_by_text("nothing you typed is lost").wait_for()
    ended.get_by_label("E-mail address").fill(email)
    ended.get_by_label("Password", exact=True).fill(password)
    ended.get_by_role("button", name="Sign in").click()
    ended.wait_for(state="hidden")


def test_settings_are_saved_once_the_api_has_said_so(as_role: Open, admin: RestClient) -> None:
    page = as_role("DRSOrchestrationAdmin", PATH)
    hours = page.get_by_label("Hours between two runs")
    hours.fill("25")
    page.get_by_text("Enter a whole number of hours from 1 to 24.").wait_for()
    hours.fill("7")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert settings_of(admin)["everyHours"] == 7


def test_who_may_not_sees_why(as_role: Open) -> None:
    page = as_role("DRSOperator", PATH)
    page.get_by_text("Needs the permission 'manage-settings' (Admin). You are Operator.").first().wait_for()
    assert page.get_by_label("Hours between two runs").is_disabled() is True
    assert page.get_by_role("button", name="Save").is_disabled() is True


def test_a_refusal_is_a_sentence_and_what_was_typed_stays(as_role: Open, problems: Problems) -> None:
    problems.expect("status of 503")
    page = as_role("DRSOrchestrationAdmin", PATH)
    hours = page.get_by_label("Hours between two runs")
    hours.fill("9")
    sentence = "AWS is throttling UpdateItem. Try again in a few seconds."
    error = {"code": "Unavailable", "message": sentence, "details": {}, "retryable": True}
    page.answer("**/api/config/tag-sync", 503, {"error": error, "requestId": "0f2a6c1e"})
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").get_by_text(sentence).wait_for()
    page.get_by_text("Unavailable · request 0f2a6c1e").wait_for()
    assert hours.input_value() == "9"
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()


def test_what_somebody_else_has_saved_meanwhile_is_a_choice(
    as_role: Open, admin: RestClient, problems: Problems
) -> None:
    problems.expect("status of 409")
    page = as_role("DRSOrchestrationAdmin", PATH)
    page.get_by_label("Hours between two runs").fill("11")
    before = settings_of(admin)
    saved = admin("PUT", "/config/tag-sync", {"enabled": True, "everyHours": 3, "version": before["version"]})
    assert saved.status == 200, saved.body
    page.get_by_role("button", name="Save").click()
    page.get_by_text("has saved other settings meanwhile").wait_for()
    assert page.get_by_label("Hours between two runs").input_value() == "11"
    page.get_by_role("button", name="Keep mine").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()
    assert settings_of(admin)["everyHours"] == 11


def test_a_session_that_ends_over_a_form_loses_nothing_and_sends_it_then(
    as_role: Open, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, problems: Problems
) -> None:
    problems.expect("status of 40[01]")
    user = cloud.users.by_role["DRSOrchestrationAdmin"]
    page = as_role("DRSOrchestrationAdmin", PATH)
    page.get_by_label("Hours between two runs").fill("13")
    end_sessions(cloud, monkeypatch, "DRSOrchestrationAdmin")
    save(page)
    assert page.get_by_role("dialog").get_by_label("E-mail address").input_value() == user.email
    require_access(page)
    sign_in_again(page, user.email, user.password)
    page.get_by_text("Saved.").wait_for()
    assert page.get_by_label("Hours between two runs").input_value() == "13"


def test_somebody_else_who_signs_in_there_sends_nothing_of_it(
    as_role: Open, admin: RestClient, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, problems: Problems
) -> None:
    problems.expect("status of 40[01]")
    page, before = as_role("DRSOrchestrationAdmin", PATH), settings_of(admin)
    page.get_by_label("Hours between two runs").fill("17")
    end_sessions(cloud, monkeypatch, "DRSOrchestrationAdmin")
    save(page)
    other = cloud.users.by_role["DRSOperator"]
    sign_in_again(page, other.email, other.password)
    page.get_by_role("dialog", name=f"Signed in as {other.email}").get_by_text("Hours between two runs: 17").wait_for()
    page.get_by_role("button", name="Load the page").click()
    page.get_by_role("button", name=f"{other.email}: user menu").wait_for()
    monkeypatch.undo()
    assert settings_of(admin) == before
