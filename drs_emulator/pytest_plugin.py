"""The pytest fixture `drs_emulator`: a served emulator, an environment that leads to it, and moto in the right order.

pytest loads this module in every run, so it imports nothing but pytest until a test asks for the fixture.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from drs_emulator.clock import Clock
    from drs_emulator.emulator import Emulator
    from drs_emulator.settings import EmulatorSettings

ACCOUNT = "123456789012"  # moto's own
REGION = "us-east-1"

# Whatever would lead a client to other credentials, another endpoint or another account.
_REMOVED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)


@dataclass(kw_only=True)
class ServedEmulator:
    """The emulator of one test. Its clock stands still until it is advanced."""

    emulator: Emulator
    url: str
    account: str = ACCOUNT
    region: str = REGION
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        """`clock.advance(minutes=10)` moves the time on and does what has become due."""
        return self.emulator.clock

    def add_source_server(
        self, hostname: str, *, account: str | None = None, region: str | None = None, **described: Any
    ) -> str:
        """Adds a replicating server and returns its id; `described` is what `Emulator.add_source_server` takes."""
        place = (account or self.account, region or self.region)
        self.emulator.initialize(*place)
        return self.emulator.add_source_server(*place, hostname=hostname, **described)

    def save_world(self) -> dict[str, Any]:
        """Everything but EC2 as JSON values, running jobs included."""
        return self.emulator.save_world()

    def restore_world(self, saved: Any) -> None:
        """Replaces everything by a saved world."""
        self.emulator.restore_world(saved)


@pytest.fixture
def drs_emulator_settings() -> EmulatorSettings:
    """Override it for other quotas, durations or request rates, which do not fit a clock that stands still."""
    from drs_emulator.settings import EmulatorSettings, Throttling  # noqa: PLC0415

    return EmulatorSettings(throttling=Throttling(enabled=False), instance_refresh_seconds=0.0)


@pytest.fixture
def drs_emulator(monkeypatch: pytest.MonkeyPatch, drs_emulator_settings: EmulatorSettings) -> Iterator[ServedEmulator]:
    """An emulator of DRS on a free port of this machine, for boto3 and for processes that the test starts."""
    import boto3  # noqa: PLC0415

    _lead_away_from_aws(monkeypatch)
    # A session made before has credentials of before.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with _moto() as has_moto, _served(drs_emulator_settings, has_moto=has_moto) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DRS", served.url)
        yield served


def _lead_away_from_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name in _REMOVED or name.startswith("AWS_ENDPOINT_URL"):
            monkeypatch.delenv(name)
    no_proxy = [os.environ[name] for name in ("NO_PROXY", "no_proxy") if os.environ.get(name)]
    wanted = {
        "AWS_ACCESS_KEY_ID": "AKIADRSEMULATOR00000",
        "AWS_SECRET_ACCESS_KEY": "opens-nothing",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": ",".join([*no_proxy, "127.0.0.1"]),
        "no_proxy": ",".join([*no_proxy, "127.0.0.1"]),
    }
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)


@contextmanager
def _moto() -> Iterator[bool]:
    """moto's mock of AWS, which is started before anything makes a client; False where moto is not installed."""
    try:
        from moto import mock_aws  # noqa: PLC0415
    except ImportError:
        yield False
        return
    with mock_aws():
        yield True


@contextmanager
def _served(settings: EmulatorSettings, *, has_moto: bool) -> Iterator[ServedEmulator]:
    from drs_emulator.clock import Clock  # noqa: PLC0415
    from drs_emulator.emulated_aws import ec2_clients_of  # noqa: PLC0415
    from drs_emulator.emulator import Emulator  # noqa: PLC0415
    from drs_emulator.identities import ask_sts, identify_by_map  # noqa: PLC0415
    from drs_emulator.server import make_http_server  # noqa: PLC0415

    events: list[dict[str, Any]] = []

    def keep(account: str, region: str, detail_type: str, detail: dict[str, Any], resources: Any = ()) -> None:
        """In the form in which EventBridge delivers an event."""
        place = {"account": account, "region": region, "resources": list(resources)}
        events.append({"source": "aws.drs", "detail-type": detail_type, "detail": detail, **place})

    emulator = Emulator(
        settings,
        clock=Clock.standing_still(),
        ec2_client=ec2_clients_of(None) if has_moto else None,
        publish=keep,
    )
    emulator.initialize(ACCOUNT, REGION)
    identify = identify_by_map({}, ACCOUNT, ask=ask_sts(None) if has_moto else None)
    server = make_http_server(emulator, host="127.0.0.1", port=0, identify=identify)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="drs-emulator-http")
    thread.start()
    try:
        yield ServedEmulator(emulator=emulator, url=f"http://127.0.0.1:{server.server_port}", events=events)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
