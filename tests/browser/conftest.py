"""One browser for each process of the suite, and pages that fail a test by what goes wrong on them."""

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.cognitoidp.models import cognitoidp_backends

from local.cloud import LocalCloud
from local.users import User
from scripts.browser_pages import Browser, BrowserProblem
from tests.browser.tested_page import TestedPage as Page
from tests.conftest import Clouds
from tests.integration.conftest import RestClient, admin, new_group, new_name, new_plan, new_servers, signed_in, tokens
from tests.waiting import eventually

__all__ = ["admin", "new_group", "new_name", "new_plan", "new_servers", "signed_in", "tokens"]

REPOSITORY = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium"))), None)
EVIDENCE = REPOSITORY / "build/browser-tests"
TOOLS = REPOSITORY / "scripts/dashboard.sh"
IS_TRACED = bool(os.environ.get("BROWSER_TRACE"))
"""Traces of all tests take a sixth of Chromium's time, and are for a failure that its picture does not explain."""
SPEED = 120.0
"""How many times faster than AWS the emulated DRS works: a person sees a launch, and need not wait for it."""
Open = Callable[..., Page]


def missing() -> str:
    """Why there can be no tests in a browser; empty if there can."""
    if CHROMIUM is None:
        return "Chromium is missing (Debian: apt-get install chromium-headless-shell fonts-dejavu-core)"
    if subprocess.run([TOOLS, "--possible"], check=False).returncode != 0:
        return "Node 20.19 or the dashboard's packages are missing (install Node with npm, then: make setup)"
    return ""


@pytest.fixture(scope="session")
def built() -> None:
    """The dashboard as it is built from the sources that are tested; once, whichever process comes first."""
    why = missing()
    if why:
        assert os.environ.get("CI") != "true", why
        pytest.skip(f"THE DASHBOARD WAS NOT TESTED IN A BROWSER: {why}.")
    lock = REPOSITORY / "build" / "dashboard.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        subprocess.run([TOOLS, "build"], check=True)


@pytest.fixture(scope="session")
def browser(built: None) -> Iterator[Browser]:
    assert CHROMIUM is not None
    started = Browser(CHROMIUM, trace=IS_TRACED)
    yield started
    started.close()


class Problems:
    """What may go wrong on the pages of a test: patterns of what it causes on purpose."""

    def __init__(self) -> None:
        self.expected: list[str] = []

    def expect(self, *patterns: str) -> None:
        self.expected += patterns

    def unexpected(self, found: list[str]) -> list[str]:
        return [each for each in found if not any(re.search(pattern, each) for pattern in self.expected)]


@pytest.fixture
def problems() -> Problems:
    return Problems()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails keeps what its pages showed, and says where."""
    report = yield
    pages: list[Page] = getattr(item, "browser_pages", [])
    if report.when == "call" and report.failed and pages:
        report.sections.append(("What its pages showed", "\n".join(kept_evidence(pages, evidence_of(item)))))
    return report


def evidence_of(item: pytest.Item) -> Path:
    return EVIDENCE / re.sub(r"\W+", "-", item.nodeid.removeprefix("tests/browser/")).strip("-")


def kept_evidence(pages: list[Page], folder: Path) -> list[str]:
    """The files that were written, or why some were not: evidence that fails must not hide the failure."""
    shutil.rmtree(folder, ignore_errors=True)
    told: list[str] = []
    for page in pages:
        try:
            told += [os.path.relpath(file, REPOSITORY) for file in page.keep_evidence(folder)]
        except (BrowserProblem, OSError) as error:
            told.append(f"A page left no evidence: {error}")
    if not IS_TRACED:
        return [*told, "With BROWSER_TRACE=1 there is also a trace of each step."]
    return [*told, "A trace opens at https://trace.playwright.dev, or by: npx playwright show-trace FILE"]


@pytest.fixture
def cloud(clouds: Clouds) -> LocalCloud:
    """A cloud that only tests in the browser use: what waits and runs is shown on every page, whoever started it."""
    return clouds.running(speed=SPEED)


@pytest.fixture
def nothing_runs_on(admin: RestClient) -> Iterator[None]:
    """Ends what a test has started, also when the test fails: the next one would see it on every page."""
    yield
    for execution in running(admin):
        # It may end by itself at this moment, and then cannot be cancelled.
        admin("POST", f"/executions/{execution}/cancel", {})
    eventually(lambda: not running(admin))


def start_drill(admin: RestClient, plan: Any) -> str:
    """Starts a drill of the plan; returns the execution's id."""
    answer = admin("POST", "/executions", {"planId": plan["planId"], "mode": "DRILL", "reason": "Rehearsal"})
    assert answer.status == 202, answer.body
    return str(answer.body["execution"]["executionId"])


def running(admin: RestClient) -> list[str]:
    return [each["executionId"] for each in admin.all_items("/executions") if each["endedAt"] is None]


class SignedInPages:
    """Pages of persons who are signed in, kept from test to test: to open and sign in takes most of a short test."""

    def __init__(self) -> None:
        self._kept: dict[str, list[tuple[Page, str]]] = {}
        self._used: dict[Page, tuple[str, str]] = {}

    def take(self, key: str, cloud: LocalCloud) -> Page | None:
        """A page whose session goes on; those whose session was ended are closed."""
        valid = cognitoidp_backends[cloud.hub_account][cloud.hub_region].user_pools[cloud.users.pool_id].refresh_tokens
        kept = self._kept.get(key, [])
        while kept:
            page, token = kept.pop()
            if valid.get(token):
                return page
            page.close()
        return None

    def use(self, page: Page, key: str, email: str) -> None:
        """Lets a page be kept under a key for as long as this person is signed in there."""
        self._used[page] = key, email

    def put_back(self, page: Page, *, is_sound: bool) -> None:
        """Keeps a page where it can be kept, and closes it otherwise."""
        key, email = self._used.pop(page, ("", ""))
        signed_in, token = page.leave() if key and is_sound else (None, None)
        if token and signed_in == email:
            self._kept.setdefault(key, []).append((page, token))
        else:
            page.close()


@pytest.fixture(scope="session")
def signed_in_pages() -> SignedInPages:
    return SignedInPages()


@pytest.fixture
def opened_pages(
    signed_in_pages: SignedInPages, nothing_runs_on: None, problems: Problems, request: pytest.FixtureRequest
) -> Iterator[list[Page]]:
    """The pages of the test. Errors, violations of the policy and foreign requests on them fail it."""
    opened: list[Page] = []
    request.node.browser_pages = opened
    yield opened
    found = problems.unexpected([each for page in opened for each in page.problems()])
    shown = kept_evidence(opened, evidence_of(request.node)) if found else []
    for page in reversed(opened):
        signed_in_pages.put_back(page, is_sound=not found)
    assert found == [], "\n".join(shown)


@pytest.fixture
def open_page(browser: Browser, cloud: LocalCloud, opened_pages: list[Page]) -> Open:
    """Opens a path of the dashboard, as a person who has never been there or ``beside`` another page of theirs."""

    def open_path(path: str = "/", *, beside: Page | None = None, **options: Any) -> Page:
        page = Page.open(browser, cloud.dashboard_url, **options) if beside is None else beside.tab()
        opened_pages.append(page)
        page.goto(f"{cloud.dashboard_url}{path}")
        if beside is not None:
            # The sign-in page, too, has a heading and no acts.
            page.get_by_role("button", name="user menu").wait_for()
        return page

    return open_path


@pytest.fixture
def as_role(open_page: Open, cloud: LocalCloud, opened_pages: list[Page], signed_in_pages: SignedInPages) -> Open:
    """Opens a path as the seeded user of a role."""

    def open_signed_in(role: str, path: str = "/", **options: Any) -> Page:
        user = cloud.users.by_role[role]
        key = json.dumps([cloud.dashboard_url, role, options], sort_keys=True)
        page = signed_in_pages.take(key, cloud)
        if page is None:
            page = open_page(path, **options)
            sign_in(page, user)
        else:
            opened_pages.append(page)
            page.goto(f"{cloud.dashboard_url}{path}")
        signed_in_pages.use(page, key, user.email)
        page.get_by_role("heading", level=1).wait_for()
        return page

    return open_signed_in


def sign_in(page: Page, user: User) -> None:
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="user menu").wait_for()
