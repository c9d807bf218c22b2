"""Pages of a real browser, for tests: Playwright's own methods, named as in Python.

`page.get_by_role("button", name="Sign in").click()` runs in Node, by dashboard/tools/browser_driver.mjs.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

DASHBOARD = Path(__file__).resolve().parents[2] / "dashboard"
_BUILDERS = re.compile("get_by_|locator|filter|first|last|nth|keyboard|context")


class BrowserProblem(AssertionError):
    """What Playwright says that was not as asked."""


class Browser:
    """One Chromium, in a process of its own."""

    def __init__(self, executable: str) -> None:
        self._process = subprocess.Popen(
            ["node", DASHBOARD / "tools/browser_driver.mjs", executable],
            cwd=DASHBOARD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def open(self, base_url: str, **options: Any) -> "Page":
        return Page(self, self.ask(do="open", options={"baseURL": base_url, **options})["page"])

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise BrowserProblem(answer["error"])
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


class Steps:
    """A locator that is not looked for yet: methods that find extend it, all others are carried out at once."""

    def __init__(self, browser: Browser, page: int, steps: tuple[Any, ...] = ()) -> None:
        self._browser, self._page, self._steps = browser, page, steps

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **options: Any) -> Any:
            given = [*arguments, {_camel(key): value for key, value in options.items()}] if options else arguments
            steps = (*self._steps, (_camel(name), *given))
            if _BUILDERS.match(name):
                return Steps(self._browser, self._page, steps)
            return self._browser.ask(do="steps", page=self._page, steps=steps).get("value")

        return call


class Page(Steps):
    """A page, which remembers what went wrong on it."""

    def tab(self) -> "Page":
        """Another tab of the same person."""
        return Page(self._browser, self._browser.ask(do="tab", page=self._page)["page"])

    def answer(self, url: str, status: int, body: Any, *, times: int = 1) -> None:
        """Let a request be answered so, in place of the API."""
        self._browser.ask(do="answer", page=self._page, url=url, status=status, body=body, times=times)

    def grave_findings(self) -> list[str]:
        """What axe finds that keeps people out."""
        found: list[str] = self._browser.ask(do="axe", page=self._page)["value"]
        return found

    def close(self) -> list[str]:
        """Returns what went wrong on the page."""
        problems: list[str] = self._browser.ask(do="close", page=self._page)["value"]
        return problems


def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda found: found[1].upper(), name)
