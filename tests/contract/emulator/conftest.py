"""An emulator on a loopback port with a clock that the test controls, and boto3 clients of any account."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from drs_emulator import Emulator, EmulatorSettings, Throttling
from drs_emulator.emulated_aws import ec2_clients_of
from drs_emulator.identities import Identify, identify_by_map
from drs_emulator.instances import Ec2ClientFactory
from drs_emulator.server import make_http_server
from drs_emulator.world import Event
from local.ec2_pace import spare_ec2_needless_work
from local.moto_pace import spare_moto_needless_work
from tests.waiting import PATIENCE_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient

ACCOUNT = "111111111111"
OTHER_ACCOUNT = "222222222222"
REGION = "us-east-1"


@dataclass
class Clock:
    """A time that passes only when the test advances it."""

    now: datetime = datetime(2026, 3, 1, 12, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Served:
    """An emulator, its clock, and clients that reach it over HTTP."""

    emulator: Emulator
    clock: Clock
    url: str
    events: list[Event]
    slept: list[float] = field(default_factory=list)
    clients: dict[tuple[str, str], DrsClient] = field(default_factory=dict)

    def client(self, account: str = ACCOUNT, region: str = REGION, **config: Any) -> DrsClient:
        """Returns a boto3 client that never retries, with the account's number as its access key."""
        if config:
            return self._make_client(account, region, **config)
        if (account, region) not in self.clients:
            self.clients[account, region] = self._make_client(account, region)
        return self.clients[account, region]

    def _make_client(self, account: str, region: str, **config: Any) -> DrsClient:
        options = {"retries": {"total_max_attempts": 1}, "read_timeout": PATIENCE_SECONDS, **config}
        return boto3.client(
            "drs",
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=account,
            aws_secret_access_key="any",
            config=Config(**options),
        )

    def add_servers(self, count: int, **described: Any) -> list[str]:
        """Adds Linux servers to the first account."""
        return [
            self.emulator.add_source_server(ACCOUNT, REGION, hostname=f"app-{n}", **described) for n in range(count)
        ]

    def drill(self, *server_ids: str, account: str = ACCOUNT, is_drill: bool = True) -> str:
        """Starts a drill and returns the id of its job."""
        requested = [{"sourceServerID": server_id} for server_id in server_ids]
        started = self.client(account).start_recovery(sourceServers=requested, isDrill=is_drill)  # type: ignore[arg-type]
        return started["job"]["jobID"]

    def job(self, job_id: str, account: str = ACCOUNT) -> Any:
        return self.client(account).describe_jobs(filters={"jobIDs": [job_id]})["items"][0]

    def log(self, job_id: str, account: str = ACCOUNT) -> list[Any]:
        pages = self.client(account).get_paginator("describe_job_log_items").paginate(jobID=job_id)
        return [item for page in pages for item in page["items"]]

    def events_of(self, job_id: str) -> list[str]:
        return [item["event"] for item in self.log(job_id)]

    def statuses(self, job_id: str) -> set[str]:
        return {each["launchStatus"] for each in self.job(job_id)["participatingServers"]}


@contextmanager
def serve(settings: EmulatorSettings, *, identify: Identify | None = None, **arguments: Any) -> Iterator[Served]:
    """Serves an emulator for the duration of a test."""
    identify = identify or identify_by_map({}, "999999999999")
    clock, events, slept = Clock(), [], []  # type: ignore[var-annotated]
    arguments.setdefault("publish", lambda *event: events.append(event))
    emulator = Emulator(settings, clock=clock, sleep=slept.append, **arguments)
    for account in (ACCOUNT, OTHER_ACCOUNT):
        emulator.initialize(account, REGION)
    server = make_http_server(emulator, host="127.0.0.1", port=0, identify=identify)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Served(emulator, clock, f"http://127.0.0.1:{server.server_port}", events, slept)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def settings() -> EmulatorSettings:
    """No throttling and no late status, so that a test sees only the behaviour that it tests."""
    return EmulatorSettings(
        throttling=Throttling(enabled=False), late_status_probability=0.0, late_participants_probability=0.0
    )


@pytest.fixture
def served(settings: EmulatorSettings) -> Iterator[Served]:
    with serve(settings) as running:
        yield running


@pytest.fixture
def serve_with() -> Iterator[Callable[..., Served]]:
    """Serves emulators with other settings or an EC2 behind them."""
    contexts: list[Any] = []

    def make(settings: EmulatorSettings, **arguments: Any) -> Served:
        context = serve(settings, **arguments)
        contexts.append(context)
        return context.__enter__()

    yield make
    for context in contexts:
        context.__exit__(None, None, None)


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    spare_moto_needless_work()
    spare_ec2_needless_work()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def ec2_clients(moto_url: str) -> Ec2ClientFactory:
    """EC2 clients of any account and Region, one for each place."""
    return cache(ec2_clients_of(moto_url))


@pytest.fixture
def real(ec2_clients: Ec2ClientFactory, settings: EmulatorSettings, serve_with: Callable[..., Served]) -> Served:
    """An emulator that launches instances in moto's EC2."""
    return serve_with(settings, ec2_client=ec2_clients)


@pytest.fixture
def ec2(ec2_clients: Ec2ClientFactory) -> Any:
    return ec2_clients(ACCOUNT, REGION)
