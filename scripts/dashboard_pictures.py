"""Pictures of every page of the dashboard, of real runs in a local cloud: light, dark, and as a phone shows it.

python -m scripts.dashboard_pictures build/screenshots                 (`make screenshots`)
python -m scripts.dashboard_pictures build/screenshots docs/pictures   also those of docs/dashboard.md
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from local.cloud import LocalCloud
from scripts.browser_pages import Browser, BrowserProblem, Page
from scripts.dashboard_world import Shown, fill

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
    "execution": "/executions/{waiting}",
    "execution-times": "/executions/{waiting}?view=times",
    "execution-servers": "/executions/{waiting}?view=servers",
    "execution-timeline": "/executions/{waiting}?view=timeline",
    "execution-report": "/executions/{ended}?view=report",
    "approval": "/executions/{waiting}?wave=2&do=approve",
    "failed-wave": "/executions/{failed}",
    "plans": "/plans",
    "plan": "/plans/{plan}",
    "preflight": "/plans/{plan}/preflight?mode=RECOVERY",
    "start": "/plans/{plan}/start?mode=DRILL",
    "edit-plan": "/plans/{plan}/edit",
    "groups": "/groups",
    "group": "/groups/{group}",
    "group-settings": "/groups/{group}?tab=settings",
    "group-history": "/groups/{group}?tab=history",
    "servers": "/servers",
    "server": "/servers/{server}",
    "accounts": "/accounts",
    "account": "/accounts/222233334444",
    "capacity": "/capacity",
    "defaults": "/settings/defaults",
    "tag-sync": "/settings/tag-sync",
    "syncs": "/settings/syncs",
    "transfer": "/settings/transfer",
    "audit": "/audit",
    "no-such-page": "/nothing",
}
DOCUMENTED = {
    "home-light.png": "dashboard-home.png",
    "execution-light.png": "dashboard-execution.png",
    "preflight-light.png": "dashboard-preflight.png",
    "group-dark.png": "dashboard-group.png",
    "approval-phone.png": "dashboard-phone.png",
}


def main(arguments: Sequence[str]) -> int:
    """Builds the dashboard, brings executions to where something is to be seen, and takes the pictures."""
    target = REPOSITORY / arguments[0]
    executable = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if executable is None:
        print("Chromium is missing (Debian: apt-get install chromium-headless-shell).", file=sys.stderr)
        return 1
    subprocess.run([REPOSITORY / "scripts/dashboard.sh", "build"], check=True)
    target.mkdir(parents=True, exist_ok=True)
    with LocalCloud(speed=240.0) as cloud:
        shown = fill(cloud)
        browser = Browser(executable)
        try:
            for look, options in LOOKS.items():
                page = Page.open(browser, cloud.dashboard_url, **options)
                for name in _pictures(cloud, shown, page, target, look):
                    print(f"{target.relative_to(REPOSITORY)}/{name}")
        finally:
            browser.close()
    for folder in arguments[1:]:
        for taken, name in DOCUMENTED.items():
            shutil.copy(target / taken, REPOSITORY / folder / name)
    return 0


def _pictures(cloud: LocalCloud, shown: Shown, page: Page, target: Path, look: str) -> Iterator[str]:
    user = cloud.users.by_role["DRSOrchestrationAdmin"]
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
        page.goto(f"{cloud.dashboard_url}{path.format(**asdict(shown))}")
        page.get_by_role("region", name="Waits for a person").wait_for()
        _settle(page)
        yield _picture(page, target, f"{name}-{look}.png")
    page.get_by_role("button", name="user menu").click()
    yield _picture(page, target, f"user-menu-{look}.png")
    page.get_by_role("menuitem", name="What I may do").click()
    yield _picture(page, target, f"what-i-may-do-{look}.png")
    page.close()


def _settle(page: Page) -> None:
    """Until everything that is asked for once has arrived and is drawn; a live page never stops asking."""
    with suppress(BrowserProblem):
        page.wait_for_load_state("networkidle", timeout=3_000)
    with suppress(BrowserProblem):
        page.get_by_text("Asking …").first().wait_for(state="hidden", timeout=5_000)


def _picture(page: Page, target: Path, name: str) -> str:
    page.screenshot(path=str(target / name), animations="disabled")
    return name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
