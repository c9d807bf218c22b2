"""A page of a browser with what only tests ask of it."""

from pathlib import Path
from typing import Any

from scripts.browser_pages import Page


class TestedPage(Page):
    """Its methods are Playwright's, and these."""

    __test__ = False

    def tab(self) -> "TestedPage":
        """Another tab of the same person."""
        return TestedPage(self._browser, self._browser.ask(do="tab", page=self._page)["page"])

    def answer(self, url: str, status: int, body: Any, *, times: int = 1) -> None:
        """Let a request be answered so, in place of the API."""
        self._browser.ask(do="answer", page=self._page, url=url, status=status, body=body, times=times)

    def printed_pages(self) -> int:
        """How many pages of paper it would take."""
        count: int = self._browser.ask(do="print", page=self._page)["value"]
        return count

    def problems(self) -> list[str]:
        """What went wrong on it so far."""
        found: list[str] = self._browser.ask(do="problems", page=self._page)["value"]
        return found

    def keep_evidence(self, folder: Path) -> list[str]:
        """Writes what is to be seen, what the page has said, and where it is traced, what it did. Returns the files."""
        files: list[str] = self._browser.ask(do="evidence", page=self._page, into=str(folder))["value"]
        return files

    def grave_findings(self, *rules: str) -> list[str]:
        """What axe finds that keeps people out, by these rules of its own or by all."""
        found: list[str] = self._browser.ask(do="axe", page=self._page, rules=rules or None)["value"]
        return found

    def leave(self) -> tuple[str | None, str | None]:
        """Makes it as it was when it was opened. Returns the e-mail address and the token of who stays signed in."""
        email, token = self._browser.ask(do="leave", page=self._page)["value"]
        return email, token
