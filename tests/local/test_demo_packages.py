"""`make demo` installs fewer packages than the checks need, and it must run with those alone."""

import re
import subprocess
import sys

from tests.local.conftest import REPOSITORY, local_environment
from tests.waiting import PATIENCE_SECONDS

# Names of packages that may be imported, then the demonstration's own arguments.
WITHOUT_THE_OTHERS = """
import importlib.metadata, runpy, sys

allowed = set(sys.argv.pop(1).split(","))
owners = importlib.metadata.packages_distributions()

class Missing:
    def find_spec(self, name, path=None, target=None):
        first = name.partition(".")[0]
        if first in owners and allowed.isdisjoint(owner.lower().replace("_", "-") for owner in owners[first]):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
runpy.run_module("local.demo", run_name="__main__")
"""


def test_the_demonstration_runs_with_its_own_packages_alone() -> None:
    lock = (REPOSITORY / "requirements-demo.txt").read_text()
    packages = ",".join(re.findall(r"^([a-z0-9.-]+)==", lock, re.M))
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_OTHERS, packages, "--speed", "3000", "--exit"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        cwd=REPOSITORY,
        env=local_environment(),
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
