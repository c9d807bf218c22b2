"""Which tests run, and in which order: each worker begins with an equal share of the expensive ones."""

import subprocess
import sys
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.local.conftest import REPOSITORY
from tests.order import WHOLE_BELOW, shares

COUNTS = st.integers(0, 2 * WHOLE_BELOW)


@given(COUNTS, COUNTS, st.lists(COUNTS, max_size=4), st.integers(0, 2_000), st.integers(1, 5))
def test_every_test_is_in_one_share(long: int, browser: int, clouds: list[int], cheap: int, workers: int) -> None:
    first, pages, rest = (
        [f"{kind} {n}" for n in range(count)] for kind, count in (("long", long), ("page", browser), ("cheap", cheap))
    )
    of_clouds = [[f"cloud {kind} {n}" for n in range(count)] for kind, count in enumerate(clouds)]
    made = shares(first, pages, of_clouds, rest, workers)
    assert len(made) == workers
    assert sorted(test for share in made for test in share) == sorted([*first, *pages, *chain(*of_clouds), *rest])


def test_shares_are_as_long_as_those_of_xdist_and_end_with_cheap_tests() -> None:
    """Of 11 tests, xdist gives three workers 3, 4 and 4, one after the other."""
    made = shares(["long"], ["page", "page"], [["small"] * 2], ["cheap"] * 6, workers=3)
    assert made == [
        ["long", "cheap", "cheap"],
        ["small", "small", "cheap", "cheap"],
        ["page", "page", "cheap", "cheap"],
    ]


def test_many_tests_of_a_cloud_are_shared_by_all_workers_but_the_one_with_the_browser() -> None:
    numbers: list[Any] = list(range(WHOLE_BELOW))
    made = shares([], ["page"], [numbers], ["cheap"] * 99, workers=4)
    assert made == [
        [*range(0, WHOLE_BELOW, 3)],
        [*range(1, WHOLE_BELOW, 3)],
        [*range(2, WHOLE_BELOW, 3)],
        ["page", *["cheap"] * 99],
    ]


@pytest.mark.parametrize(
    ("arguments", "found", "left_out"),
    [
        (["-o", "testpaths=tests/browser"], "test_home.py", "test_print.py"),
        (["-o", "testpaths=tests/browser", "--slow"], "test_print.py", "test_home.py"),
        (["tests/browser/test_print.py"], "test_print.py", "test_home.py"),
    ],
    ids=["make test", "make test-slow", "named"],
)
def test_slow_tests_run_by_their_command_or_by_name(arguments: list[str], found: str, left_out: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n0", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert found in done.stdout
    assert left_out not in done.stdout
