"""The real state machine with the real functions on the local cloud, where waiting costs little."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSecondsPath
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

from chalicelib.settings import settings
from drs_emulator.settings import Quotas, Throttling
from drs_emulator.throttle import Throttle
from local.cloud import LocalCloud
from local.drs_events import DrsEvents
from tests.conftest import Clouds
from tests.workflow.crash_matrix.deaths import Deaths
from tests.workflow.drills import WEST, Drills, Run
from tests.workflow.played_by_hand import PlayedByHand
from tests.workflow.standing_clock import StandingClock

SPEED = 1_000.0
STANDING_SPEED = 60.0
WAITS_ARE_SHORTER = 20
"""How many times faster Step Functions' waits pass: the product waits whole seconds, which tests do not need."""

TIME_TO_STORE_A_TOKEN = 0.25
"""The shortest wait for the next poll, whose state also calls a function."""

ENVIRONMENT = {"LAUNCH_TIMEOUT_SECONDS": "3", "CLAIM_SETTLE_SECONDS": "2", "JOB_GRACE_SECONDS": "3"}


@pytest.fixture(scope="session", autouse=True)
def _short_waits() -> Iterator[None]:
    def wait(_: WaitFunction, env: Any, wait_seconds: float) -> None:
        env.program_state_event.wait(wait_seconds / WAITS_ARE_SHORTER)

    seconds_of = TimeoutSecondsPath._eval_seconds

    def limit(self: TimeoutSecondsPath, env: Any) -> float:
        seconds = seconds_of(self, env)
        is_wait = env.states.context_object.context_object_data["State"]["Name"] == "WaitForWaveProgress"
        return max(TIME_TO_STORE_A_TOKEN, seconds / WAITS_ARE_SHORTER) if is_wait else seconds

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TimeoutSecondsPath, "_eval_seconds", limit)
        patch.setattr(WaitFunction, "_wait_interval", wait)
        sleepy = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / WAITS_ARE_SHORTER))
        patch.setattr(retrier_decl, "time", sleepy)
        yield


@pytest.fixture
def cloud(clouds: Clouds) -> LocalCloud:
    """The local cloud; DRS throttles only where a test says so."""
    running = clouds.running(speed=SPEED, environment=ENVIRONMENT)
    world = running.emulator.world
    world.throttle = Throttle(Throttling(enabled=False))
    # Every story has its own servers.
    world.settings = replace(world.settings, quotas=Quotas(replicating_servers=100_000))
    return running


@pytest.fixture
def standing(clouds: Clouds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalCloud, StandingClock]]:
    """A local cloud whose Step Functions starts and stops runs, but leaves every step of them to the test."""
    still = {"StartAt": "Stay", "States": {"Stay": {"Type": "Wait", "Seconds": 86_400, "End": True}}}
    file = Path(tmp_path_factory.getbasetemp()) / "still.asl.json"
    file.write_text(json.dumps(still))
    # Events come when a test delivers them.
    cloud = clouds.running(speed=STANDING_SPEED, definition=file, environment=ENVIRONMENT, drs_events=DrsEvents.OFF)
    clock, world = StandingClock(), cloud.emulator.world
    with clock.installed(cloud), pytest.MonkeyPatch.context() as patch:
        # Every story has its own servers.
        patch.setattr(world, "settings", replace(world.settings, quotas=Quotas(replicating_servers=100_000)))
        world.throttle = Throttle(Throttling(enabled=False))
        yield cloud, clock


@pytest.fixture
def by_hand(standing: tuple[LocalCloud, StandingClock]) -> Iterator[PlayedByHand]:
    """Runs whose steps the test makes itself."""
    played = PlayedByHand(*standing)
    played.drills.wait_until_idle()
    with played.world.installed():
        yield played
    played.cloud.emulator.clear_faults()


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


@pytest.fixture
def ended_run(drills: Drills) -> Run:
    """A drill of two waves in two accounts that has ended well."""
    first = drills.servers(2) + drills.servers(1, account=WEST, os="WINDOWS")
    second = drills.servers(2, account=WEST)
    return drills.run(drills.plan({"servers": first}, {"servers": second}))


@pytest.fixture
def deaths(cloud: LocalCloud) -> Iterator[Deaths]:
    """Makes functions die where the stages of a test say so."""
    with Deaths(cloud).installed() as installed:
        yield installed
