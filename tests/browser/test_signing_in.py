"""Signing in, as people see it: each role, the first password, the second factor, what is wrong, and the way out."""

import time

import pytest
from moto.cognitoidp.models import cognitoidp_backends
from moto.cognitoidp.utils import cognito_totp

from local.cloud import LocalCloud
from local.users import NEWCOMER, ROLES, WITH_CODE
from tests.browser.conftest import Open, Problems, sign_in

BAD_REQUEST = "status of 400"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_signs_in_and_sees_what_it_may_do(open_page: Open, cloud: LocalCloud, role: str) -> None:
    page = open_page()
    sign_in(page, cloud.users.by_role[role])
    page.get_by_role("heading", level=1).wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "Home"
    page.get_by_role("button", name="user menu").click()
    page.get_by_role("menuitem", name="What I may do").click()
    may = page.get_by_role("dialog", name="What I may do")
    recovery = may.get_by_role("listitem").filter(has_text="Start a recovery").inner_text()
    held = role in ("DRSOrchestrationAdmin", "DRSRecoveryManager", "DRSOperator")
    assert ("yes" in recovery, "Needs the permission 'start-recovery'" in recovery) == (held, not held)


def test_a_wrong_password_is_cleared_and_says_no_more_than_that(
    open_page: Open, cloud: LocalCloud, problems: Problems
) -> None:
    problems.expect(BAD_REQUEST)
    page, user = open_page("/settings/tag-sync"), cloud.users.by_role["DRSOperator"]
    for email in (user.email, "nobody@example.com"):
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password", exact=True).fill("not the password")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_text("The e-mail address or the password is wrong.").wait_for()
        assert page.get_by_label("Password", exact=True).input_value() == ""
        assert page.get_by_label("E-mail address").input_value() == email
        page.reload()
    sign_in(page, user)
    assert page.get_by_role("heading", level=1).inner_text() == "Tag sync"


def test_a_password_that_could_not_be_sent_stays(open_page: Open, cloud: LocalCloud, problems: Problems) -> None:
    problems.expect("status of 502")
    page, user = open_page(), cloud.users.by_role["DRSOperator"]
    page.answer("**/cognito", 502, {})
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Nothing is lost; try again.").wait_for()
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Home").wait_for()


def test_a_first_password_is_replaced_by_ones_own(open_page: Open, cloud: LocalCloud) -> None:
    page, user = open_page(), cloud.users.by_way[NEWCOMER]
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.get_by_role("button", name="Sign in").click()
    first, again = page.get_by_label("New password", exact=True), page.get_by_label("New password again")
    rules = page.get_by_role("list", name="Rules for passwords")
    first.fill("correct-horse-42")
    rules.get_by_text("a capital letter: missing").wait_for()
    page.get_by_role("button", name="Set the password").click()
    page.get_by_text("does not keep every rule").wait_for()
    first.fill("Correct-horse-42")
    rules.get_by_text("a capital letter: done").wait_for()
    again.fill("Correct-horse-43")
    page.get_by_role("button", name="Set the password").click()
    page.get_by_text("The two passwords differ.").wait_for()
    again.fill("Correct-horse-42")
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("heading", name="Home").wait_for()
    _give_back(cloud)


def _give_back(cloud: LocalCloud) -> None:
    """The password of the administrator again, for whoever signs in next."""
    user = cloud.users.by_way[NEWCOMER]
    cloud.client("cognito-idp").admin_set_user_password(
        UserPoolId=cloud.users.pool_id, Username=user.email, Password=user.password, Permanent=False
    )


def test_a_code_is_sent_with_its_sixth_digit(open_page: Open, cloud: LocalCloud, problems: Problems) -> None:
    problems.expect(BAD_REQUEST)
    page, user = open_page(), cloud.users.by_way[WITH_CODE]
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.get_by_role("button", name="Sign in").click()
    code = cognito_totp(cloud.users.totp_secret).generate(int(time.time())).decode()
    page.get_by_label("One-time code").fill(str((int(code) + 1) % 1_000_000).zfill(6))
    page.get_by_text("The code is wrong.").wait_for()
    assert page.get_by_label("One-time code").input_value() == ""
    page.get_by_label("One-time code").fill(code)
    page.get_by_role("heading", name="Home").wait_for()


def test_a_reload_and_another_tab_need_no_password_and_signing_out_ends_all(
    as_role: Open, open_page: Open, cloud: LocalCloud
) -> None:
    page = as_role("DRSOperator", "/settings/tag-sync")
    token = page.evaluate("sessionStorage.getItem('refresh-token')")
    kept = page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert (token in kept, len(kept) < 200) == (True, True)
    page.reload()
    page.get_by_role("heading", name="Tag sync").wait_for()
    other = open_page("/", beside=page)
    other.get_by_role("heading", name="Home").wait_for()
    other.get_by_role("button", name="user menu").click()
    other.get_by_role("menuitem", name="Sign out", exact=True).click()
    for tab in (page, other):
        tab.get_by_label("E-mail address").wait_for()
        assert tab.evaluate("sessionStorage.getItem('refresh-token')") is None
    pool = cognitoidp_backends[cloud.hub_account][cloud.hub_region].user_pools[cloud.users.pool_id]
    assert token not in pool.refresh_tokens
