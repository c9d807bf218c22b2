"""The dashboard's own tests, which need no browser: states, formats, the pace of reading, keys, rules."""

import subprocess

import pytest

from tests.browser.conftest import REPOSITORY


@pytest.mark.timeout(900)
def test_the_dashboards_own_tests_pass(built: None) -> None:
    done = subprocess.run([REPOSITORY / "scripts/dashboard.sh", "test"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
