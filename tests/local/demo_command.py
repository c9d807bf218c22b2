"""The demonstration's command line, with no other packages than `make demo` installs."""

import re
import sys

from tests.local.conftest import REPOSITORY

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


def demo_command(*arguments: str) -> list[str]:
    """`python -m local.demo`, where the packages that only the checks need cannot be imported."""
    lock = (REPOSITORY / "requirements-demo.txt").read_text()
    packages = ",".join(re.findall(r"^([a-z0-9.-]+)==", lock, re.M))
    return [sys.executable, "-c", WITHOUT_THE_OTHERS, packages, *arguments]
