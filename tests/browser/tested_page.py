"""A page of a browser with what only tests ask of it."""

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

    def grave_findings(self) -> list[str]:
        """What axe finds that keeps people out."""
        found: list[str] = self._browser.ask(do="axe", page=self._page)["value"]
        return found
