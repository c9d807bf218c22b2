"""Reading instances from EC2: one that EC2 does not know never hides the others."""

from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from chalicelib.aws import sessions
from chalicelib.aws.reads.estate.instances import VALUES_PER_FILTER, Ec2Instance, find_instances, find_source_instances
from chalicelib.aws.reads.estate.recovery_instances import see_instances
from chalicelib.aws.reads.steps.instances import see_status_checks
from chalicelib.domain.estate.accounts import TargetAccount
from chalicelib.domain.estate.sightings import InstanceSighting, SourceInstance
from tests.unit.domain.records import ACCOUNT, REGION

HUB = TargetAccount(ACCOUNT, "Target", "", "", "", ())


class Ec2:
    """EC2 and DRS as AWS answers, with ``states`` of the instances that exist and ``shown`` by DRS."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        self.calls: list[tuple[str, int]] = []

    def answer(self, operation: str, parameters: dict[str, Any]) -> Any:
        if operation == "DescribeRecoveryInstances":
            wanted = parameters["filters"]["sourceServerIDs"]
            known = {"jobID": "drsjob-1", "ec2InstanceState": "RUNNING"}
            items = [
                {"recoveryInstanceID": instance, "sourceServerID": server, **known}
                for instance, server in self.shown.items()
                if server in wanted
            ]
            return {"items": items}
        ids = parameters.get("InstanceIds") or parameters["Filters"][0]["Values"]
        self.calls.append((operation, len(ids)))
        missing = [item for item in ids if item not in self.states]
        if missing and "InstanceIds" in parameters:
            error = {"Code": "InvalidInstanceID.NotFound", "Message": f"The instance IDs '{missing}' do not exist"}
            response: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(response, operation)
        there = [item for item in ids if item in self.states]
        if operation == "DescribeInstances":
            shown = [{"InstanceId": item, "State": {"Name": self.states[item]}} for item in there]
            return {"Reservations": [{"Instances": shown}]}
        ok = {"Status": "ok"}
        checks = [
            {"InstanceId": item, "InstanceState": {"Name": "running"}, "InstanceStatus": ok, "SystemStatus": ok}
            for item in there
        ]
        return {"InstanceStatuses": checks}


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Ec2:
    made = Ec2()
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda _, operation, given: made.answer(operation, given))
    monkeypatch.setattr(sessions, "_clients", {})
    monkeypatch.setattr(sessions, "_sessions", {})
    return made


def test_an_instance_that_ec2_does_not_know_is_left_out_and_the_others_are_found(ec2: Ec2) -> None:
    ec2.states = {f"i-{number}": "running" for number in range(VALUES_PER_FILTER + 5)}
    found = find_instances(HUB, REGION, [*ec2.states, "i-gone"])
    assert found == dict.fromkeys(ec2.states, Ec2Instance("RUNNING", ""))
    assert [count for _, count in ec2.calls] == [VALUES_PER_FILTER, 6]


def test_status_checks_are_seen_although_one_instance_is_gone(ec2: Ec2) -> None:
    ec2.states = {"i-a": "running", "i-b": "running"}
    seen = see_status_checks(HUB, REGION, ["i-a", "i-gone", "i-b"])
    assert {key: passed for key, (passed, _) in seen.items()} == {"i-a": True, "i-b": True}
    assert see_status_checks(HUB, REGION, ["i-gone"]) == {}


def test_the_state_is_that_of_ec2_whatever_drs_shows(ec2: Ec2) -> None:
    ec2.states = {"i-runs": "running", "i-left": "stopped", "i-ended": "terminated"}
    ec2.shown = {"i-runs": "s-1", "i-ended": "s-2", "i-forgotten": "s-3"}
    recorded = {"s-1": "i-runs", "s-2": "", "s-3": "i-forgotten", "s-4": "i-left", "s-5": "i-lost"}
    assert see_instances(HUB, REGION, recorded) == [
        InstanceSighting("i-runs", "s-1", "drsjob-1", "RUNNING"),
        InstanceSighting("i-ended", "s-2", "drsjob-1", "TERMINATED"),
        InstanceSighting("i-forgotten", "s-3", "drsjob-1", "NOT_FOUND"),
        InstanceSighting("i-left", "s-4", "", "STOPPED", in_drs=False),
        InstanceSighting("i-lost", "s-5", "", "NOT_FOUND", in_drs=False),
    ]


def test_the_addresses_of_a_source_instance_do_not_depend_on_the_order_of_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An order that changed would be a change of the inventory, and a write."""
    addresses = [{"PrivateIpAddress": address} for address in ("10.0.0.7", "10.0.0.2", "10.0.0.5")]
    shown = {"InstanceId": "i-1", "InstanceType": "m5.large", "PrivateIpAddress": "10.0.0.5"}
    orders = [addresses, addresses[::-1]]

    def answer(_client: Any, _operation: str, _given: Any) -> Any:
        interfaces = [{"PrivateIpAddresses": orders.pop()}]
        return {"Reservations": [{"Instances": [{**shown, "NetworkInterfaces": interfaces}]}]}

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)
    expected = {"i-1": SourceInstance("m5.large", ("10.0.0.5", "10.0.0.2", "10.0.0.7"))}
    assert [find_source_instances(HUB, REGION, ["i-1"]) for _ in range(2)] == [expected, expected]
