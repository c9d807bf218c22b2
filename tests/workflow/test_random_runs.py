"""Five random runs over REST: no promise is broken. Any number by hand: `python -m tests.workflow.random_runs`."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SEEDS = (1, 3, 5, 11, 56)
"""Three of them have deaths and second deliveries at their very start, which happen on any machine."""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_random_runs_break_no_promise() -> None:
    """They run in separate processes: minutes are shorter in their local clouds."""
    command = [
        sys.executable,
        "-m",
        "tests.workflow.random_runs",
        "--only",
        *map(str, SEEDS),
        "--jobs",
        "2",
    ]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = re.search(r"on purpose: (\d+) faults of DRS, (\d+) deaths, (\d+) second deliveries", done.stdout)
    assert counts, done.stdout
    assert all(int(count) for count in counts.groups()), done.stdout
