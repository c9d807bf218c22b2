"""A local cloud for random runs: DRS is fast, waits are short, and a product minute is two seconds."""

import datetime
import functools
import importlib
import pkgutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from botocore.config import Config
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

from chalicelib.aws import commands, sessions, short_timeouts
from chalicelib.store.tables import base
from drs_emulator.settings import Quotas, Throttling
from drs_emulator.throttle import Throttle
from local.cloud import LocalCloud
from local.project import FunctionConfig, Project

SPEED = 1_000.0
MINUTE_IS_SHORTER = 30
"""Time limits of plans are whole minutes."""

WAITS_ARE_SHORTER = 10
ENVIRONMENT = {"LAUNCH_TIMEOUT_SECONDS": "9", "CLAIM_SETTLE_SECONDS": "1", "JOB_GRACE_SECONDS": "1.5"}


BUSY_MACHINE_SECONDS = 60.0
"""How long the product waits for AWS here: on a busy machine an answer may take seconds."""
PATIENT_FUNCTION_SECONDS = 240


@contextmanager
def small_cloud(regions: Sequence[str]) -> Iterator[LocalCloud]:
    """The running cloud, whose accounts work with these Regions; one at a time in a process."""
    with pytest.MonkeyPatch.context() as patch:
        _load_product()
        _be_patient(patch)
        _shorten_waits(patch)
        _shorten_minutes(patch)
        with LocalCloud(speed=SPEED, environment=ENVIRONMENT) as cloud:
            world = cloud.emulator.world
            world.throttle = Throttle(Throttling(enabled=False))
            # Every seed has its own servers.
            patch.setattr(world, "settings", replace(world.settings, quotas=Quotas(replicating_servers=100_000)))
            # As many places as seeds at a time: quotas and faults of a place are then one seed's own.
            _widen_accounts(regions)
            yield cloud


def _widen_accounts(regions: Sequence[str]) -> None:
    # Tables take their names from the environment, which is set only now.
    from chalicelib.store.reads.estate.accounts import list_accounts  # noqa: PLC0415
    from chalicelib.store.writes.estate.accounts import update_account  # noqa: PLC0415

    for account in list_accounts():
        wider = msgspec.structs.replace(account, regions=tuple(regions), version=account.version + 1)
        update_account(account, wider, [])


def _load_product() -> None:
    """Imports all of the product, to shorten times everywhere. Tables take their names from the environment."""
    package = importlib.import_module("chalicelib")
    for found in pkgutil.walk_packages(package.__path__, "chalicelib."):
        importlib.import_module(found.name)


def _be_patient(patch: pytest.MonkeyPatch) -> None:
    patient = Config(connect_timeout=BUSY_MACHINE_SECONDS, read_timeout=BUSY_MACHINE_SECONDS)
    patch.setattr(base, "CONNECT_TIMEOUT_SECONDS", BUSY_MACHINE_SECONDS)
    patch.setattr(base, "READ_TIMEOUT_SECONDS", BUSY_MACHINE_SECONDS)
    patch.setattr(short_timeouts, "_CONFIG", short_timeouts._CONFIG.merge(patient))
    patch.setattr(sessions, "READ_CONFIG", sessions.READ_CONFIG.merge(patient))
    # Commands wait as long as launch requests do, some of which are lost on purpose here.
    forwarding = patient.merge(Config(retries={"total_max_attempts": 1}, max_pool_connections=64))

    @functools.cache
    def client(region: str) -> Any:
        return sessions.new_client("lambda", region, forwarding)

    patch.setattr(commands, "_client", client)
    function = Project.function

    def patient_function(self: Project, name: str) -> FunctionConfig:
        found = function(self, name)
        return replace(found, timeout_seconds=max(found.timeout_seconds, PATIENT_FUNCTION_SECONDS))

    # API Gateway's 29 seconds are few where a dozen seeds share two cores with something else.
    patch.setattr(Project, "function", patient_function)


def _shorten_waits(patch: pytest.MonkeyPatch) -> None:
    def wait(self: Any, env: Any, wait_seconds: float) -> None:
        # The delay of a plan is also measured by the product's clock, so it stays as it is.
        path = getattr(getattr(self, "string_sampler", None), "literal_value", "")
        env.program_state_event.wait(wait_seconds if "delay" in path else wait_seconds / WAITS_ARE_SHORTER)

    patch.setattr(WaitFunction, "_wait_interval", wait)
    sleepy = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / WAITS_ARE_SHORTER))
    patch.setattr(retrier_decl, "time", sleepy)


class _ShortMinutes(datetime.timedelta):
    """A timedelta whose minutes are shorter."""

    def __new__(cls, *args: float, minutes: float = 0, **others: float) -> "_ShortMinutes":
        whole = datetime.timedelta(*args, **others) + datetime.timedelta(minutes=minutes) / MINUTE_IS_SHORTER
        return super().__new__(cls, whole.days, whole.seconds, whole.microseconds)


def _shorten_minutes(patch: pytest.MonkeyPatch) -> None:
    """Replaces the class of time limits and constants of at least a minute in every module of the product."""
    minute = datetime.timedelta(minutes=1)
    for name, module in list(sys.modules.items()):
        if name.startswith("chalicelib."):
            for variable, value in list(vars(module).items()):
                if value is datetime.timedelta:
                    patch.setattr(module, variable, _ShortMinutes)
                elif isinstance(value, datetime.timedelta) and minute <= value < datetime.timedelta(hours=1):
                    patch.setattr(module, variable, value / MINUTE_IS_SHORTER)
