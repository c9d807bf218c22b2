"""Nothing keeps people out of a page or a dialog: axe finds nothing serious, light and dark, on desk and phone."""

import re
from collections.abc import Callable

import pytest

from tests.browser.conftest import Open
from tests.browser.tested_page import TestedPage

PHONE = {"width": 360, "height": 740}
CLOUDSCAPES_OWN = re.compile('aria-allowed-attr: <nav [^>]*aria-label="Pages" aria-orientation="horizontal"[^|]*')
"""Its layout gives the bar of a phone an attribute that has no meaning there. Screen readers pass over it."""


def require_access(page: TestedPage) -> None:
    """In the dark only colours are others."""
    for scheme, rules in (("light", ()), ("dark", ("color-contrast",))):
        page.emulate_media(colorScheme=scheme)
        assert [each for each in page.grave_findings(*rules) if not CLOUDSCAPES_OWN.fullmatch(each)] == []


def menu(entry: str) -> Callable[[TestedPage], None]:
    def choose(page: TestedPage) -> None:
        page.get_by_role("button", name="user menu").click()
        page.get_by_role("menuitem", name=entry).click()
        page.get_by_role("dialog", name=entry).wait_for()

    return choose


def test_signing_in(open_page: Open) -> None:
    page = open_page()
    page.get_by_text("The API answers").wait_for()
    require_access(page)


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("/", lambda page: page.get_by_text("Nothing is running.").wait_for()),
        ("/settings/tag-sync", lambda page: page.get_by_label("Hours between two runs").wait_for()),
        ("/nothing", lambda page: page.get_by_text("There is nothing at").wait_for()),
        ("/", menu("What I may do")),
        ("/", menu("Keyboard shortcuts")),
    ],
    ids=["home", "tag sync", "no such page", "what I may do", "keyboard shortcuts"],
)
def test_a_page(as_role: Open, path: str, act: Callable[[TestedPage], None]) -> None:
    page = as_role("DRSOperator", path)
    act(page)
    require_access(page)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    require_access(page)
