"""The order of the tests: expensive ones first, cheap ones last, and for each worker an equal share of both.

A worker begins with an equal number of the tests, in their order, and takes half of what another one has left when its
own are done. With the expensive ones at the beginning of each share, tests of milliseconds are left at the end.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from typing import Any, TypeVar

import pytest

EXPENSIVE = ("tests/workflow", "tests/integration", "tests/deployment", "tests/local")
"""Where tests take long or wait, the longest first; so do those anywhere that have a cloud."""

CLOUDS = ("standing", "cloud", "stand_in")
"""Fixtures that give a test its cloud: each change of cloud costs a second, a deployment's five."""

WHOLE_BELOW = 300
"""Fewer tests of a kind than these stay together, with what their modules prepare for them."""

Test = TypeVar("Test")


def arranged(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """The tests for so many workers. Those of one cloud stay together, and those in a browser are of one worker."""
    long, browser, others = (list[pytest.Item]() for _ in range(3))
    for item in items:
        if item.get_closest_marker("timeout") is not None:
            long.append(item)
        else:
            (browser if "browser" in _fixtures(item) else others).append(item)
    of_a_kind = [list(those) for _, those in groupby(sorted(others, key=_kind), key=_kind)]
    cheap = of_a_kind.pop() if of_a_kind and _kind(of_a_kind[-1][0]) == _CHEAP else []
    return [item for share in shares(long, browser, of_a_kind, cheap, workers) for item in share]


def shares(
    long: Sequence[Test],
    browser: Sequence[Test],
    expensive: Sequence[Sequence[Test]],
    cheap: Sequence[Test],
    workers: int,
) -> list[list[Test]]:
    """A share for each worker: long tests, its part of the expensive ones or those in the browser, and cheap ones.

    They are as long as xdist makes them, as far as there are cheap tests to fill them up.
    """
    made = [list(long[number::workers]) for number in range(workers)]
    without_browser = made[:-1] if browser and workers > 1 else made
    for those in expensive:
        if len(those) < WHOLE_BELOW:
            min(without_browser, key=len).extend(those)
        else:
            # In turns, because some modules take ten times as long as others.
            for number, share in enumerate(without_browser):
                share.extend(those[number :: len(without_browser)])
    made[-1].extend(browser)
    left, total = iter(cheap), sum(map(len, made)) + len(cheap)
    for share, size in zip(made, _sizes(total, workers), strict=True):
        share.extend(islice(left, max(0, size - len(share))))
    made[-1].extend(left)
    return made


def _sizes(total: int, workers: int) -> Iterator[int]:
    """How many tests xdist gives to each worker at first."""
    for remaining in range(workers, 0, -1):
        yield total // remaining
        total -= total // remaining


_CHEAP = (len(EXPENSIVE), True, "")


def _kind(item: pytest.Item) -> tuple[int, bool, str]:
    """Sorts tests by their folder, the most expensive first, then by where their cloud comes from, if there is one."""
    path = item.nodeid.partition("::")[0]
    place = next((number for number, each in enumerate(EXPENSIVE) if path.startswith(each)), len(EXPENSIVE))
    known = _fixtures(item)
    cloud = next((known[name][-1].baseid for name in CLOUDS if name in known), "")
    return place, not cloud, cloud


def _fixtures(item: pytest.Item) -> Mapping[str, Any]:
    return item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
