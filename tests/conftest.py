"""The base of every test: no real AWS, and at most one local cloud per process, shared where possible."""

import gc
import os
import signal
import traceback

os.environ.update(
    STAGE="local",
    AWS_DEFAULT_REGION="us-east-2",
    AWS_ACCESS_KEY_ID="AKIALOCALHUB00000000",
    AWS_SECRET_ACCESS_KEY="nothing-to-open",
    AWS_EC2_METADATA_DISABLED="true",
)
# A shell that starts the suite in the background has programs ignore interrupts; those of tests would inherit it.
signal.signal(signal.SIGINT, signal.default_int_handler)

for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)

from collections.abc import Iterator  # noqa: E402 — tables take their names from the environment when imported
from typing import Any  # noqa: E402

import pytest  # noqa: E402
from hypothesis import HealthCheck  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402

from local.cloud import LocalCloud  # noqa: E402
from tests import permissions  # noqa: E402
from tests.order import arranged  # noqa: E402
from tests.starting_point import StartingPoint  # noqa: E402

MEMORY_OF_A_WORKER = 2 * 1024**3


def pytest_xdist_auto_num_workers() -> int:
    """More workers than cores, as tests spend much of their time waiting; a worker needs up to 1.5 GB.

    On two cores the crash matrix takes 119 s with four and 132 s with six, which use a quarter more processor time.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return max(1, min(4, (os.cpu_count() or 1) + 2, memory // MEMORY_OF_A_WORKER))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests that are marked slow, and no others")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.slow or _is_make_test(config):
        left_out = [item for item in items if (item.get_closest_marker("slow") is None) == config.option.slow]
        items[:] = [item for item in items if (item.get_closest_marker("slow") is not None) == config.option.slow]
        config.hook.pytest_deselected(items=left_out)
    items[:] = arranged(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


DYNAMODB = os.environ.get("TEST_DYNAMODB_ENDPOINT")
"""Where a DynamoDB Local serves the tables of every local cloud; None for moto (`make test-dynamodb` sets it)."""

# The models of AWS are a million objects that stay; collecting garbage among them costs a twentieth of the time.
gc.freeze()
gc.set_threshold(100_000, 50, 50)


# A traceback that a thread writes to a log marks the part of each line that failed, for which it parses the line. In
# CPython 3.11 that disturbs hypothesis, which parses the tests: "AST constructor recursion depth mismatch".
if hasattr(traceback, "_extract_caret_anchors_from_line_segment"):
    vars(traceback)["_extract_caret_anchors_from_line_segment"] = lambda segment: None

# A test must not fail because the machine is busy.
hypothesis_settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("suite")


_used: set[permissions.Used] = set()


def pytest_testnodedown(node: Any) -> None:
    """Takes over what a worker's functions were allowed."""
    _used.update(map(tuple, getattr(node, "workeroutput", {}).get("used", [])))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """After `make test` without a failure, every permission must have been used."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["used"] = sorted(_used)
    elif _has_run(config) and session.exitstatus == pytest.ExitCode.OK and permission_problems():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, exitstatus: int, config: pytest.Config) -> None:
    if exitstatus == pytest.ExitCode.INTERRUPTED or not _has_run(config):
        return
    if not terminalreporter.stats.get("failed") and not terminalreporter.stats.get("error"):
        for problem in permission_problems():
            terminalreporter.write_line(f"FAILED {problem}", red=True)
    terminalreporter.write_line("The tests that are marked slow were left out: make test-slow")


def _is_make_test(config: pytest.Config) -> bool:
    """Whether no tests are named or chosen, and the engine is the one whose calls are judged here."""
    chosen = (
        config.option.slow
        or config.option.keyword
        or config.option.markexpr
        or config.getoption("lf", False)
        or DYNAMODB
    )
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not chosen


def _has_run(config: pytest.Config) -> bool:
    return _is_make_test(config) and not config.option.collectonly


def permission_problems() -> list[str]:
    return [
        *(
            f"{each}: no test uses this permission; remove it, or test what needs it"
            for each in permissions.unused(_used)
        ),
        *(
            f"{each}: used, although tests/permissions.py says that it is not"
            for each in permissions.used_all_the_same(_used)
        ),
    ]


class Clouds:
    """The local cloud of this process. One at a time: moto's state is the process's."""

    def __init__(self) -> None:
        self._cloud: LocalCloud | None = None
        self._choices: dict[str, Any] = {}
        self._start: StartingPoint | None = None
        self.is_left: bool = False
        """Whether those who have used the running cloud are done with what they made there."""

    def running(self, **choices: Any) -> LocalCloud:
        """The running cloud if it was started with these choices, else a new one in its place."""
        if self._cloud is None or self._choices != choices:
            self.stop()
            self._cloud, self._choices = LocalCloud(dynamodb=DYNAMODB, **choices).start(), choices
            self._start = StartingPoint(self._cloud) if DYNAMODB is None else None
        elif self.is_left and self._start is not None:
            self._start.return_to_it()
        self.is_left = False
        return self._cloud

    def stop(self) -> None:
        if self._cloud is not None:
            self._cloud.stop()
            _used.update(self._cloud.identities.used)
            self._cloud = None


@pytest.fixture(scope="session")
def clouds() -> Iterator[Clouds]:
    """Provides local clouds to tests; the last one ends with the session."""
    kept = Clouds()
    yield kept
    kept.stop()


@pytest.fixture(autouse=True)
def _data_of_their_own(clouds: Clouds) -> None:
    """A test finds a cloud as it starts, whatever others have done there."""
    clouds.is_left = True
