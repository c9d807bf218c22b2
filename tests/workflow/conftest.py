"""The real state machine with the real functions on the local cloud, where waiting costs little."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

from chalicelib.settings import settings
from drs_emulator.settings import Throttling
from drs_emulator.throttle import Throttle
from local.cloud import LocalCloud
from tests.conftest import Clouds
from tests.workflow.drills import Drills

SPEED = 1_000.0
WAITS_ARE_SHORTER = 20
"""Step Functions' waits pass so many times faster: the product waits whole seconds, which nothing here needs."""

ENVIRONMENT = {"LAUNCH_TIMEOUT_SECONDS": "2", "CLAIM_SETTLE_SECONDS": "0.3", "JOB_GRACE_SECONDS": "3"}


@pytest.fixture(scope="session", autouse=True)
def _short_waits() -> Iterator[None]:
    def wait(_: WaitFunction, env: Any, wait_seconds: float) -> None:
        env.program_state_event.wait(wait_seconds / WAITS_ARE_SHORTER)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WaitFunction, "_wait_interval", wait)
        sleepy = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / WAITS_ARE_SHORTER))
        patch.setattr(retrier_decl, "time", sleepy)
        yield


@pytest.fixture
def cloud(clouds: Clouds) -> LocalCloud:
    """The local cloud; DRS throttles only where a test says so."""
    running = clouds.running(speed=SPEED, environment=ENVIRONMENT)
    running.emulator.world.throttle = Throttle(Throttling(enabled=False))
    return running


@pytest.fixture
def until_certain() -> Iterator[Callable[[], None]]:
    """Launches without an answer stay uncertain, however slow the machine is, until the test calls this."""
    with pytest.MonkeyPatch.context() as patch:

        def become_certain() -> None:
            patch.undo()
            settings.cache_clear()

        patch.setenv("CLAIM_SETTLE_SECONDS", "3600")
        settings.cache_clear()
        yield become_certain
        become_certain()


@pytest.fixture
def drills(cloud: LocalCloud) -> Iterator[Drills]:
    """Plans, drills and faults; faults end with the test."""
    made = Drills(cloud)
    yield made
    cloud.emulator.clear_faults()
    cloud.runtime.crashes.clear()
    made.wait_until_idle()
