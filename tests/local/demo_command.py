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
"""
ONE = """
runpy.run_module("local.demo", run_name="__main__")
"""
# A run on each line of the input, and what it printed on a line of the output. A run is interrupted, as by Ctrl-C, when
# it has printed the text that is given beside its arguments.
ONE_AFTER_THE_OTHER = """
import contextlib, io, json, os, signal
from local.demo.cli import main

class Watched(io.StringIO):
    def __init__(self, text):
        super().__init__()
        self._text = text

    def write(self, text):
        count = super().write(text)
        if self._text and self._text in self.getvalue():
            self._text = ""
            os.kill(os.getpid(), signal.SIGINT)
        return count

# A thread of an interrupted run may still write a line, which must not get between the answers.
answers, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    arguments, interrupted_at = json.loads(line)
    out, err = Watched(interrupted_at), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
    print(json.dumps({"status": status, "out": out.getvalue(), "err": err.getvalue()}), file=answers, flush=True)
"""


def demo_command(*arguments: str) -> list[str]:
    """`python -m local.demo`, where the packages that only the checks need cannot be imported."""
    return [sys.executable, "-c", WITHOUT_THE_OTHERS + ONE, _packages(), *arguments]


def demos_command() -> list[str]:
    """The same for several runs in one process, which imports everything once."""
    return [sys.executable, "-c", WITHOUT_THE_OTHERS + ONE_AFTER_THE_OTHER, _packages()]


def _packages() -> str:
    lock = (REPOSITORY / "requirements-demo.txt").read_text()
    return ",".join(re.findall(r"^([a-z0-9.-]+)==", lock, re.M))
