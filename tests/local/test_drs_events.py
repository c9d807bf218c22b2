"""Events of the emulated DRS on the local buses: rules with a pattern get them, and their targets are started."""

import json
import uuid
from typing import Any

import pytest

from tests.local.conftest import RunningCloud
from tests.waiting import eventually

HUB = "111122223333"
FUNCTION = f"arn:aws:lambda:us-east-2:{HUB}:function:aws-drs-orchestration-query-handler-local"
KIND = "DRS Source Server Data Replication Stalled Change"


class Bus:
    """Servers of the hub account in one Region, and what the function has received about them."""

    def __init__(self, cloud: RunningCloud, region: str) -> None:
        self.cloud, self.region = cloud, region
        self.events = cloud.client("events", region=region)

    def add_server(self, hostname: str) -> str:
        self.cloud.client("drs", region=self.region).initialize_service()
        body = {"account": HUB, "region": self.region, "hostname": f"{hostname}-{uuid.uuid4().hex[:8]}"}
        made = self.cloud.http("POST", "/_emulator/source-servers", body=json.dumps(body).encode())
        assert made.status == 200, made.body
        return str(made.json()["sourceServerIDs"][0])

    def add_rule(self, pattern: dict[str, Any], target: str, *, state: str = "ENABLED", **options: Any) -> None:
        name = f"rule-{uuid.uuid4().hex[:8]}"
        self.events.put_rule(Name=name, EventPattern=json.dumps(pattern), State=state)
        self.events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, **options}])

    def stall(self, server_id: str) -> None:
        body = json.dumps({"account": HUB, "region": self.region, "replicationState": "STALLED"}).encode()
        assert self.cloud.http("PATCH", f"/_emulator/source-servers/{server_id}", body=body).status == 200

    def arn(self, server_id: str) -> str:
        return f"arn:aws:drs:{self.region}:{HUB}:source-server/{server_id}"

    def received(self, *server_ids: str) -> list[Any]:
        _, events = self.cloud.invoke("query-handler", {"do": "received"})
        wanted = {self.arn(server_id) for server_id in server_ids}
        return [event for event in events if wanted & set(event["resources"])]

    def about(self, *server_ids: str, **others: Any) -> dict[str, Any]:
        """A pattern, as in the user guide's "all events relating to a given source server"."""
        return {"source": ["aws.drs"], "resources": [self.arn(server_id) for server_id in server_ids], **others}


@pytest.fixture
def bus(cloud: RunningCloud) -> Bus:
    return Bus(cloud, "us-east-2")


def test_a_rule_with_a_pattern_starts_its_function_and_a_lost_event_does_not(bus: Bus) -> None:
    lost, seen = bus.add_server("lost"), bus.add_server("seen")
    bus.add_rule(bus.about(lost, seen), FUNCTION)
    fault = {"kind": "LOST_EVENT", "match": {"serverIds": [lost]}}
    assert bus.cloud.http("POST", "/_emulator/faults", body=json.dumps(fault).encode()).status in (200, 201)
    bus.stall(lost)
    bus.stall(seen)
    (event,) = eventually(lambda: bus.received(lost, seen))
    assert event.pop("id")
    assert event.pop("time").endswith("Z")
    assert event == {
        "version": "0",
        "detail-type": KIND,
        "source": "aws.drs",
        "account": HUB,
        "region": "us-east-2",
        "resources": [bus.arn(seen)],
        "detail": {"state": "STALLED"},
    }


def test_an_event_is_forwarded_to_the_bus_of_another_region_as_it_is(cloud: RunningCloud, bus: Bus) -> None:
    spoke = Bus(cloud, "us-west-2")
    server_id = spoke.add_server("spoke")
    spoke.add_rule({"source": ["aws.drs"]}, f"arn:aws:events:us-east-2:{HUB}:event-bus/default")
    bus.add_rule(spoke.about(server_id), FUNCTION)
    spoke.stall(server_id)
    (event,) = eventually(lambda: spoke.received(server_id))
    assert (event["region"], event["resources"]) == ("us-west-2", [spoke.arn(server_id)])


def test_rules_that_are_disabled_or_do_not_match_start_nothing(bus: Bus) -> None:
    server_id = bus.add_server("quiet")
    bus.add_rule(bus.about(server_id), FUNCTION, state="DISABLED")
    bus.add_rule(bus.about(server_id, detail={"state": ["NOT_STALLED"]}), FUNCTION)
    bus.add_rule(bus.about(server_id, **{"detail-type": ["DRS PIT Snapshot Taken"]}), FUNCTION)
    own = json.dumps({"source": "aws.drs", "resources": [bus.arn(server_id)], "own": True})
    bus.add_rule(bus.about(server_id), FUNCTION, Input=own)
    bus.stall(server_id)
    (event,) = eventually(lambda: bus.received(server_id))
    assert event["own"] is True
