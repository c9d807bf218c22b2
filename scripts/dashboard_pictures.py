"""Pictures of every page of the dashboard, of real runs in a local cloud: light, dark, and as a phone shows it.

python -m scripts.dashboard_pictures build/screenshots     (`make screenshots`)
"""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from local.cloud import LocalCloud
from scripts.browser_pages import Browser, Page

REPOSITORY = Path(__file__).resolve().parent.parent
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "light": {"viewport": DESK, "colorScheme": "light"},
    "dark": {"viewport": DESK, "colorScheme": "dark"},
    "phone": {"viewport": PHONE, "colorScheme": "light", "deviceScaleFactor": 2},
}
PAGES = {
    "home": "/",
    "executions": "/executions",
    "plans": "/plans",
    "new-plan": "/plans/new",
    "tag-sync": "/settings/tag-sync",
    "no-such-page": "/nothing",
}
_PATIENCE_SECONDS = 120


def main(arguments: Sequence[str]) -> int:
    """Builds the dashboard, runs a drill and a recovery that waits for an approval, and takes the pictures."""
    target = REPOSITORY / arguments[0]
    executable = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if executable is None:
        print("Chromium is missing (Debian: apt-get install chromium-headless-shell).", file=sys.stderr)
        return 1
    subprocess.run([REPOSITORY / "scripts/dashboard.sh", "build"], check=True)
    target.mkdir(parents=True, exist_ok=True)
    with LocalCloud(speed=60.0) as cloud:
        _begin_runs(cloud)
        browser = Browser(executable)
        try:
            for look, options in LOOKS.items():
                for name in _pictures(cloud, Page.open(browser, cloud.dashboard_url, **options), target, look):
                    print(f"{target.relative_to(REPOSITORY)}/{name}")
        finally:
            browser.close()
    return 0


def _begin_runs(cloud: LocalCloud) -> None:
    """A drill that is launching servers, and a recovery whose first wave waits for an approval."""
    drill = _start(cloud, "DRILL", "storefront", "222233334444", "us-east-1")
    _start(cloud, "RECOVERY", "reporting", "333344445555", "us-west-2", approvalRequired=True)
    _wait(lambda: _call(cloud, "GET", f"/executions/{drill}")["execution"]["counts"]["launching"] > 0)
    _wait(lambda: _call(cloud, "GET", "/decisions")["items"])


def _start(cloud: LocalCloud, mode: str, name: str, account: str, region: str, **wave: Any) -> str:
    group = {"name": f"{name} servers", "accountId": account, "region": region, "tags": {"Application": name}}
    group_id = _call(cloud, "POST", "/protection-groups", group)["groupId"]
    waves = [{"number": 1, "name": "All servers", "protectionGroupIds": [group_id], **wave}]
    plan = _call(cloud, "POST", "/recovery-plans", {"name": name, "waves": waves})
    body = {"planId": plan["planId"], "mode": mode, "reason": "us-east-1 is down", "acceptDegraded": True}
    started: str = _call(cloud, "POST", "/executions", body)["execution"]["executionId"]
    return started


def _call(cloud: LocalCloud, method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": cloud.sign_in("DRSRecoveryManager"), "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{cloud.api_url}{path}", content, headers, method=method)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310 — the local cloud, on loopback
        return json.load(answer)


def _wait(condition: Callable[[], Any]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError("The runs did not come as far as the pictures need them.")
        time.sleep(0.3)


def _pictures(cloud: LocalCloud, page: Page, target: Path, look: str) -> Iterator[str]:
    user = cloud.users.by_role["DRSRecoveryManager"]
    page.goto(cloud.dashboard_url)
    page.get_by_text("The API answers").wait_for()
    yield _picture(page, target, f"sign-in-{look}.png")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("is wrong").wait_for()
    yield _picture(page, target, f"sign-in-refused-{look}.png")
    page.get_by_label("Password", exact=True).fill(user.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Home").wait_for()
    for name, path in PAGES.items():
        page.goto(f"{cloud.dashboard_url}{path}")
        page.get_by_role("region", name="Waits for a person").wait_for()
        page.wait_for_load_state("networkidle")
        yield _picture(page, target, f"{name}-{look}.png")
    page.get_by_role("button", name="user menu").click()
    yield _picture(page, target, f"user-menu-{look}.png")
    page.get_by_role("menuitem", name="What I may do").click()
    yield _picture(page, target, f"what-i-may-do-{look}.png")
    page.close()


def _picture(page: Page, target: Path, name: str) -> str:
    page.screenshot(path=str(target / name), animations="disabled")
    return name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
