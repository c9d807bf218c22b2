"""The dashboard in a real Chromium: a live execution of 1,000 servers, the fleet page with 4,000, a lost connection.

What the browser itself reports: the time from a press to the next picture (Event Timing), its longest task, the heap.
"""

import json
import random
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.local_runs import create_plan, operator_of, start_drill
from benchmarks.metric import Measured, Metric, TextTable
from benchmarks.scale import random_plan
from local.cloud import LocalCloud
from scripts.browser_pages import Browser, Page

REPOSITORY = Path(__file__).resolve().parents[1]
SERVERS_IN_RUN, FLEET = 1_000, 4_000
SPEED = 60.0
SEED = 7
ROUNDS = 3
MOST_MILLISECONDS = 200
MOST_MILLISECONDS_TO_FLEET = 1_000
MOST_MEGABYTES = 150
MOST_SECONDS_TO_SHOWN = 10
_SETTLE_SECONDS = 1.0

_OBSERVE = """
globalThis.measured = { presses: [], tasks: [] };
const keep = (list, type, options) => new PerformanceObserver((seen) => {
  for (const entry of seen.getEntries()) measured[list].push(entry.duration);
}).observe({ type, ...options });
keep("presses", "event", { durationThreshold: 16 });
keep("tasks", "longtask", {});
"""
_TAKE = """(() => {
  const { presses, tasks } = measured;
  globalThis.measured.presses = []; globalThis.measured.tasks = [];
  return JSON.stringify({ press: Math.max(0, ...presses), task: Math.max(0, ...tasks),
                          heap: performance.memory.usedJSHeapSize });
})()"""

_CUTS = {
    "requests fail": "() => Promise.reject(new TypeError('Failed to fetch'))",
    "nothing answers": """(_, { signal }) => new Promise((_, fail) =>
        signal.addEventListener("abort", () => fail(signal.reason)))""",
}
"""Ways to lose the connection, without the browser's telling the page: what takes the place of its requests."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A connection that was lost, and back: seconds until it was shown, counted as lost, and live again."""

    name: str
    shown: float
    lost: float
    healed: float


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One interaction, in milliseconds; a press that took under 16 counts as none."""

    name: str
    press: float
    longest_task: float
    heap_megabytes: float


def measure() -> Measured:
    """Starts a drill of 1,000 of the 4,000 servers, and uses its page while it runs."""
    executable = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if executable is None:
        raise FileNotFoundError("Chromium is missing (Debian: apt-get install chromium-headless-shell).")
    subprocess.run([REPOSITORY / "scripts/dashboard.sh", "build"], check=True)
    with LocalCloud(speed=SPEED, seed=SEED, servers=FLEET) as cloud:
        fleet = cloud.world.servers_with(application="fleet")[:SERVERS_IN_RUN]
        plan = create_plan(cloud, random_plan(fleet, random.Random(SEED)))
        execution_id = start_drill(operator_of(cloud), plan)
        browser = Browser(executable)
        try:
            page = _signed_in(browser, cloud)
            page.goto(f"{cloud.dashboard_url}/executions/{execution_id}?view=servers")
            page.get_by_text("servers shown of", exact=False).first().wait_for()
            page.evaluate(_OBSERVE)
            samples = [sample for _ in range(ROUNDS) for sample in _interactions(page)]
            to_fleet = [_to_fleet(page) for _ in range(ROUNDS)]
            return summarize(samples, to_fleet, [_cut(page, name) for _ in range(ROUNDS) for name in _CUTS])
        finally:
            browser.close()


def _signed_in(browser: Browser, cloud: LocalCloud) -> Page:
    page = Page.open(browser, cloud.dashboard_url)
    user = cloud.users.by_role["DRSOperator"]
    page.goto(cloud.dashboard_url)
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password", exact=True).fill(user.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="user menu").wait_for()
    return page


def _interactions(page: Page) -> Iterator[Sample]:
    """What an operator does on the page, view by view, beginning and ending with the servers."""
    find = page.get_by_label("Find servers")
    mosaic = page.get_by_role("application", name="Servers by wave")
    steps: tuple[tuple[str, Callable[[], Any]], ...] = (
        ("nothing, for some seconds", lambda: time.sleep(5 * _SETTLE_SECONDS)),
        ("type in the filter", lambda: find.press("f")),
        ("clear the filter", lambda: page.get_by_role("button", name="Clear the filter").click()),
        ("next page of servers", lambda: page.get_by_role("button", name="Next page").click()),
        ("point at the next server", lambda: mosaic.press("ArrowRight")),
        ("open a server", lambda: mosaic.press("Enter")),
        ("close it", lambda: page.get_by_role("button", name="Close the server").click()),
        ("to the graph", lambda: page.get_by_role("tab", name="Graph").click()),
        ("choose a wave", lambda: page.get_by_role("button", name="Wave 5 ").first().click()),
        ("to the next wave", lambda: page.keyboard().press("ArrowRight")),
        ("to the times, a wave open", lambda: page.get_by_role("tab", name="Times").click()),
        ("to the timeline", lambda: page.get_by_role("tab", name="Timeline").click()),
        ("dialog", lambda: page.get_by_role("button", name="Cancel …").click()),
        ("leave the dialog", lambda: page.get_by_role("button", name="Keep it running").click()),
        ("to the servers", lambda: page.get_by_role("tab", name="Servers (").click()),
    )
    for name, act in steps:
        yield _sample(page, name, act)


def _sample(page: Page, name: str, act: Callable[[], Any]) -> Sample:
    page.evaluate(_TAKE)
    act()
    time.sleep(_SETTLE_SECONDS)
    taken = json.loads(page.evaluate(_TAKE))
    heap = taken["heap"] / 1_000_000
    return Sample(name=name, press=taken["press"], longest_task=taken["task"], heap_megabytes=heap)


def _to_fleet(page: Page) -> float:
    """Milliseconds from the press on "Servers" to rows of the fleet."""
    page.get_by_role("link", name="Home").first().click()
    page.get_by_role("heading", level=1, name="Home").wait_for()
    began = time.monotonic()
    page.get_by_role("link", name="Servers", exact=True).click()
    page.get_by_role("link", name="fleet-0001").wait_for()
    return (time.monotonic() - began) * 1_000


def _cut(page: Page, name: str) -> Cut:
    """The page has no means to know but its own requests. It is cut after another time since its last in each round."""
    page.get_by_text("Live", exact=True).wait_for()
    page.evaluate(f"globalThis.connected = fetch; globalThis.fetch = {_CUTS[name]}")
    began = time.monotonic()
    page.locator("header .connection-down").wait_for()
    shown = time.monotonic()
    page.get_by_role("region", name="Connection").get_by_text("nothing can be sent").wait_for()
    lost = time.monotonic()
    page.evaluate("globalThis.fetch = connected")
    page.get_by_text("Live", exact=True).wait_for()
    return Cut(name=name, shown=shown - began, lost=lost - began, healed=time.monotonic() - lost)


def summarize(samples: list[Sample], fleet: list[float], cuts: list[Cut]) -> Measured:
    """Each interaction by the median of its rounds; the slowest of them is what must be quick."""
    names = list(dict.fromkeys(sample.name for sample in samples))
    of = {name: [sample for sample in samples if sample.name == name] for name in names}
    presses = {name: statistics.median(sample.press for sample in of[name]) for name in names}
    slowest = max(names, key=lambda name: presses[name])
    heap = max(sample.heap_megabytes for sample in samples)
    interactions = tuple(
        (
            name,
            f"{presses[name]:.0f}",
            f"{max(sample.press for sample in of[name]):.0f}",
            f"{statistics.median(sample.longest_task for sample in of[name]):.0f}",
        )
        for name in names
    )
    return Measured(
        metrics=(
            Metric(
                name="dashboard.slowest-interaction",
                value=round(presses[slowest]),
                unit="ms",
                target=MOST_MILLISECONDS,
                spread=f"{slowest}; the median of {ROUNDS} rounds",
            ),
            Metric(
                name="dashboard.fleet",
                value=round(statistics.median(fleet)),
                unit="ms",
                target=MOST_MILLISECONDS_TO_FLEET,
                spread=f"from the press to rows, {FLEET} servers; {min(fleet):.0f}–{max(fleet):.0f}",
            ),
            *_metrics_of(cuts),
            Metric(name="dashboard.heap", value=round(heap, 1), unit="MB", target=MOST_MEGABYTES, spread="at most"),
            Metric(
                name="dashboard.longest-task",
                value=round(statistics.median(sample.longest_task for sample in samples)),
                unit="ms",
                spread=f"the median; at worst {max(sample.longest_task for sample in samples):.0f}",
            ),
        ),
        tables=(
            TextTable(
                title="A lost connection, at worst",
                columns=("how", "shown, s", "counts as lost, s", "live again, s"),
                numbers=3,
                rows=tuple(_row_of(name, [cut for cut in cuts if cut.name == name]) for name in _CUTS),
            ),
            TextTable(
                title=f"Interactions with {SERVERS_IN_RUN} servers live",
                columns=("interaction", "to the picture, ms", "at worst", "longest task"),
                numbers=3,
                rows=interactions,
            ),
        ),
    )


def _metrics_of(cuts: list[Cut]) -> tuple[Metric, Metric]:
    return (
        Metric(
            name="dashboard.lost-connection",
            value=round(max(cut.shown for cut in cuts), 1),
            unit="s",
            target=MOST_SECONDS_TO_SHOWN,
            spread=f"until it is shown, the slowest of {len(cuts)}",
        ),
        Metric(
            name="dashboard.healed-connection",
            value=round(max(cut.healed for cut in cuts), 1),
            unit="s",
            spread=f"until it is live again, the slowest of {len(cuts)}",
        ),
    )


def _row_of(name: str, cuts: list[Cut]) -> tuple[str, ...]:
    worst = (max(getattr(cut, time) for cut in cuts) for time in ("shown", "lost", "healed"))
    return (name, *(f"{seconds:.1f}" for seconds in worst))
