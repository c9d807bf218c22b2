"""Recovered servers and their failback, on a local cloud that is fast enough for both."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from drs_emulator.settings import Throttling
from drs_emulator.throttle import Throttle
from local.cloud import LocalCloud
from tests.conftest import Clouds
from tests.integration.conftest import EAST, REGION_OF, Answer, RestClient
from tests.waiting import eventually

ORIGIN = "eu-west-1"
PATHS = {"reverse": "/drs/failback/reverse-replication", "start": "/drs/failback/start", "stop": "/drs/failback/stop"}


class Failbacks:
    """Recovered servers and their failback."""

    def __init__(self, cloud: LocalCloud, client: RestClient) -> None:
        self.cloud = cloud
        self.client = client

    def add(self, *, account: str = EAST, from_ec2: bool = True) -> str:
        """Adds a replicating source server; returns its id."""
        self.cloud.emulator.initialize(account, ORIGIN)
        origin: dict[str, Any] = {"origin_region": ORIGIN, "origin_account": account} if from_ec2 else {}
        name = f"failback-{uuid.uuid4().hex[:8]}"
        return self.cloud.emulator.add_source_server(account, REGION_OF[account], hostname=name, **origin)

    def recover(self, *server_ids: str, account: str = EAST) -> None:
        """Launches recovery instances and waits for their agents."""
        self.launch(*server_ids, account=account)
        for server_id in server_ids:
            self.await_agent(server_id, account)

    def launch(self, *server_ids: str, account: str = EAST) -> None:
        """Launches recovery instances without the platform, as an operator would in DRS's console."""
        drs = self.cloud.client("drs", account=account, region=REGION_OF[account])
        drs.start_recovery(sourceServers=[{"sourceServerID": server_id} for server_id in server_ids])
        eventually(lambda: all(self.instance(server_id, account) for server_id in server_ids))
        eventually(lambda: all(job["status"] == "COMPLETED" for job in drs.describe_jobs()["items"]))

    def await_agent(self, server_id: str, account: str = EAST, region: str = "") -> None:
        """Waits until DRS has seen the agent on the server's recovery instance; before that it reverses nothing."""
        eventually(
            lambda: "agentLastSeenByServiceDateTime" in self.instance(server_id, account, region).get("failback", {})
        )

    def recovered(self, *, account: str = EAST, from_ec2: bool = True) -> str:
        server_id = self.add(account=account, from_ec2=from_ec2)
        self.recover(server_id, account=account)
        return server_id

    def instance(self, server_id: str, account: str = EAST, region: str = "") -> Any:
        drs = self.cloud.client("drs", account=account, region=region or REGION_OF[account])
        found = drs.describe_recovery_instances(filters={"sourceServerIDs": [server_id]})["items"]
        return found[0] if found else None

    def ask(self, what: str, *servers: tuple[str, str]) -> Answer:
        """``servers`` are (account, source server id)."""
        named = [{"accountId": each, "region": REGION_OF[each], "sourceServerId": server} for each, server in servers]
        return self.client("POST", PATHS[what], {"servers": named})

    def one(self, what: str, server_id: str, account: str = EAST) -> Any:
        answer = self.ask(what, (account, server_id))
        assert answer.status == 200, answer.body
        (result,) = answer.body["servers"]
        return result

    def look(self, server_id: str, account: str = EAST, region: str = "") -> Any:
        place = {"accountId": account, "region": region or REGION_OF[account]}
        answer = self.client.get("/drs/failback", sourceServerIds=server_id, **place)
        assert answer.status == 200, answer.body
        (result,) = answer.body["servers"]
        return result

    def until(self, state: str, server_id: str, account: str = EAST) -> Any:
        return eventually(lambda: (seen := self.look(server_id, account))["state"] == state and seen)


@pytest.fixture
def cloud(clouds: Clouds) -> Iterator[LocalCloud]:
    """DRS at a speed at which reverse replication takes half a second."""
    running = clouds.running(speed=1_000.0)
    before, running.emulator.world.throttle = running.emulator.world.throttle, Throttle(Throttling(enabled=False))
    yield running
    running.emulator.clear_faults()
    running.emulator.world.throttle = before


@pytest.fixture
def failbacks(cloud: LocalCloud, admin: RestClient) -> Failbacks:
    return Failbacks(cloud, admin)
