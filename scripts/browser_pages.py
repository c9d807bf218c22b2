"""Pages of a real browser, for tests and pictures: Playwright's own methods, named as in Python.

`page.get_by_role("button", name="Sign in").click()` runs in Node, by dashboard/tools/browser_driver.mjs.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Self

DASHBOARD = Path(__file__).resolve().parents[1] / "dashboard"
_BUILDERS = re.compile("get_by_|locator|filter|first|last|nth|keyboard|context")


class BrowserProblem(AssertionError):
    """What Playwright says that was not as asked."""


class Browser:
    """One Chromium, in a process of its own. With ``trace`` it remembers what its pages did, as evidence."""

    def __init__(self, executable: str, *, trace: bool = False) -> None:
        self._process = subprocess.Popen(
            ["node", DASHBOARD / "tools/browser_driver.mjs", executable, *(["trace"] if trace else [])],
            cwd=DASHBOARD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("The driver has no pipes.")
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def ask(self, **request: Any) -> dict[str, Any]:
        self._requests.write(json.dumps(request) + "\n")
        self._requests.flush()
        answer: dict[str, Any] = json.loads(self._answers.readline())
        if "error" in answer:
            raise BrowserProblem(answer["error"])
        return answer

    def close(self) -> None:
        self._requests.close()
        self._process.wait(timeout=30)
        self._answers.close()


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

    @classmethod
    def open(cls, browser: Browser, base_url: str, **options: Any) -> Self:
        """A page in a context of its own; options are those of Playwright's contexts."""
        return cls(browser, browser.ask(do="open", options={"baseURL": base_url, **options})["page"])

    def close(self) -> list[str]:
        """Returns what went wrong on the page."""
        problems: list[str] = self._browser.ask(do="close", page=self._page)["value"]
        return problems


def _camel(name: str) -> str:
    return re.sub("_([a-z])", lambda found: found[1].upper(), name)
