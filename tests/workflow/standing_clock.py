"""A clock that passes only when a test says so, for the product and for the emulated DRS alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest

from chalicelib import ids
from chalicelib.aws.actions.afterwards import terminations
from chalicelib.aws.actions.launches import recoveries as drs_actions
from chalicelib.aws.reads.estate import source_servers
from chalicelib.calls import contexts
from chalicelib.preflight import per_server
from local.cloud import LocalCloud

_WHERE_TIME_IS_READ = (contexts, drs_actions, source_servers, terminations, per_server)


class StandingClock:
    """A clock ahead of real time by what tests let pass: a cloud that tests share never sees time go back."""

    _ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_seconds(self, seconds: float) -> None:
        StandingClock._ahead += timedelta(seconds=max(0.0, seconds))

    @contextmanager
    def installed(self, cloud: LocalCloud) -> Iterator["StandingClock"]:
        """Within this context product and DRS use this clock, and DRS does what is due only when it is called."""
        world = cloud.emulator.world
        with pytest.MonkeyPatch.context() as patch:
            for module in _WHERE_TIME_IS_READ:
                patch.setattr(module, "datetime", _Moments(self))
            cloud.emulator.stop()
            patch.setattr(world, "clock", self.now)
            # Ids contain times too, and are never made for an earlier time than the last one.
            patch.setattr(ids, "_made", ids._Made())
            try:
                yield self
            finally:
                world.advance()
        cloud.emulator.start()


class _Moments:
    """The class ``datetime`` with a different current time."""

    def __init__(self, clock: StandingClock) -> None:
        self._clock = clock

    def now(self, zone: tzinfo | None = None) -> datetime:
        return self._clock.now().astimezone(zone)

    def __getattr__(self, name: str) -> Any:
        return getattr(datetime, name)
