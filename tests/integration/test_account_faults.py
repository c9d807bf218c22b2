"""Faults of target accounts: what a validation says about each, accounts that vanish, and long throttling."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws import sessions
from chalicelib.aws.actions.estate import launch_settings
from chalicelib.domain.estate.accounts import Place, TargetAccount
from chalicelib.management.estate import account_validation
from chalicelib.store.reads.estate.inventory import find_region_sighting, servers_of_place
from chalicelib.store.writes.estate.accounts import create_account, delete_account
from local.aws_calls import AwsCall
from local.cloud import LocalCloud
from local.identities import Role
from tests.observed import before_the_first

from .conftest import EAST, REGION_OF, WEST, RestClient

Make = Callable[..., Any]
_numbers = itertools.count(630_000_000_000)


class Third:
    """A registered account with roles of its own and a source server, which may vanish."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.account_id = str(next(_numbers))
        self.place = Place(self.account_id, REGION_OF[EAST])
        self._cloud, self._registered = cloud, False
        cloud.emulator.initialize(self.account_id, self.place.region)
        self.server_id = cloud.emulator.add_source_server(
            self.account_id, self.place.region, hostname=f"third-{self.account_id}", replication_state="STOPPED"
        )
        self._roles = [self._role(kind) for kind in ("read", "operate")]
        for role in self._roles:
            cloud.identities.add_role(role)
        read, operate = (role.arn for role in self._roles)
        name, secret = f"Third {self.account_id}", "a-secret-of-the-account"
        self._account = TargetAccount(self.account_id, name, read, operate, secret, (self.place.region,))
        self.register()

    def register(self) -> None:
        create_account(self._account)
        self._registered = True

    def leave_the_platform(self) -> None:
        """Someone removes the account here."""
        if self._registered:
            delete_account(self._account, [])
        self._registered = False

    def trust_nobody(self) -> None:
        """Someone changes its roles, as when the stack in the account is deleted."""
        for role in self._roles:
            self._cloud.identities.add_role(replace(role, trust_policy={"Version": "2012-10-17", "Statement": []}))

    def _role(self, kind: str) -> Role:
        seeded = next(account for account in self._cloud.world.accounts if account.account_id == EAST)
        arn = seeded.read_role_arn if kind == "read" else seeded.operate_role_arn
        hub = {"AWS": f"arn:aws:iam::{self._cloud.hub_account}:root"}
        trust = {"Effect": "Allow", "Principal": hub, "Action": "sts:AssumeRole"}
        return Role(
            account=self.account_id,
            arn=arn.replace(EAST, self.account_id),
            trust_policy={"Version": "2012-10-17", "Statement": [trust]},
            policies=self._cloud.identities.role(arn).policies,
        )


@pytest.fixture
def third(cloud: LocalCloud) -> Iterator[Third]:
    made = Third(cloud)
    yield made
    made.leave_the_platform()


@contextmanager
def faulty(cloud: LocalCloud, kind: str, **parameters: str) -> Iterator[None]:
    match = {"account": EAST, "region": REGION_OF[EAST], "operation": "DescribeSourceServers"}
    fault = cloud.emulator.add_fault({"kind": kind, "match": match, "parameters": parameters})
    try:
        yield
    finally:
        cloud.emulator.remove_fault(fault)


def validated(admin: RestClient, account_id: str = EAST) -> Any:
    answer = admin("POST", f"/accounts/targets/{account_id}/validate")
    assert answer.status == 200, answer.body
    return answer.body


@pytest.mark.parametrize(
    ("kind", "parameters", "state", "remedy"),
    [
        ("REGION_DISABLED", {}, "REGION_NOT_ENABLED", "aws account enable-region --region-name us-east-1"),
        ("UNINITIALIZED", {}, "NOT_INITIALIZED", "aws drs initialize-service --region us-east-1"),
        (
            "ACCESS_DENIED",
            {"because": "with an explicit deny in a service control policy"},
            "DENIED_BY_POLICY",
            "Its administrator has to allow it for arn:aws:iam::",
        ),
        ("THROTTLE", {}, "THROTTLED", "Validate again in a minute"),
        ("DROPPED_CONNECTION", {}, "UNREACHABLE", "AWS Health Dashboard for us-east-1"),
    ],
)
def test_each_fault_of_a_region_has_its_state_and_remedy(
    admin: RestClient, cloud: LocalCloud, kind: str, parameters: dict[str, str], state: str, remedy: str
) -> None:
    with faulty(cloud, kind, **parameters):
        found = validated(admin)
    there = [check for check in found["checks"] if check["region"]]
    assert [(check["what"], check["state"]) for check in there] == [("describe source servers", state)] * 2
    assert all(remedy in check["remedy"] for check in there)
    assert all(check["reason"] for check in there)
    assert {check["state"] for check in found["checks"] if not check["region"]} == {"ACTIVE"}
    assert not found["usable"]
    assert validated(admin)["usable"]


def test_a_role_that_does_not_exist_is_named_for_each_access(admin: RestClient, third: Third) -> None:
    assert validated(admin, third.account_id)["usable"]
    third.trust_nobody()
    found = validated(admin, third.account_id)
    assert [(check["access"], check["state"]) for check in found["checks"]] == [
        ("READ", "ROLE_NOT_ASSUMABLE"),
        ("OPERATE", "ROLE_NOT_ASSUMABLE"),
    ]
    assert all(f"in account {third.account_id}" in check["remedy"] for check in found["checks"])


def test_a_region_that_there_is_no_time_for_says_so(admin: RestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account_validation, "PATIENCE", timedelta(0))
    found = validated(admin)
    late = [check for check in found["checks"] if check["region"]]
    assert {check["state"] for check in late} == {"UNREACHABLE"}
    assert all("There was no time left to check it" in check["reason"] for check in late)
    assert not found["usable"]


def test_an_account_whose_roles_are_gone_fails_alone_and_keeps_its_servers(
    third: Third, sync: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sync()["failures"] == {}
    third.trust_nobody()
    monkeypatch.setattr(sessions, "_sessions", {})  # as when the hour of the cached ones is over
    result = sync()
    assert list(result["failures"]) == [str(third.place)]
    assert result["failures"][str(third.place)].startswith("ROLE_NOT_ASSUMABLE: ")
    assert [server.source_server_id for server in servers_of_place(third.place)] == [third.server_id]
    sighting = find_region_sighting(third.place)
    assert sighting is not None
    assert sighting.last_error


def test_an_account_that_is_removed_while_a_sync_reads_it_takes_no_other_with_it(
    cloud: LocalCloud, admin: RestClient, third: Third, new_servers: Make, sync: Make
) -> None:
    (seen,) = new_servers(account=WEST)

    def reads_it(call: AwsCall, _: str | None) -> bool:
        account = cloud.identities.account_of(call.access_key)
        return (call.operation, account) == ("DescribeSourceServers", third.account_id)

    with before_the_first(cloud, reads_it, lambda _: third.leave_the_platform()):
        result = sync()
    assert (result["outcome"], result["failures"]) == ("COMPLETED", {})
    west = admin.all_items("/drs/source-servers", accountId=WEST, region=REGION_OF[WEST])
    assert seen in {server["sourceServerId"] for server in west}
    assert sync()["failures"] == {}


def test_settings_that_aws_throttles_for_minutes_fail_for_their_server_alone(
    admin: RestClient, cloud: LocalCloud, new_group: Make, new_servers: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch_settings, "_PAUSES_SECONDS", (0.0, 0.0))
    busy, other = new_servers(2)
    group = new_group(sourceServerIds=[busy, other], launchDefaults={"copyTags": False})
    path = f"/protection-groups/{group['groupId']}/launch-settings/apply"
    match = {"operation": "UpdateLaunchConfiguration", "serverIds": [busy]}
    fault = cloud.emulator.add_fault({"kind": "THROTTLE", "match": match, "parameters": {"retryAfterSeconds": 0}})
    answer = admin("POST", path, {})
    cloud.emulator.remove_fault(fault)
    found = {server["sourceServerId"]: server for server in answer.body["servers"]}
    assert {each: server["outcome"] for each, server in found.items()} == {busy: "FAILED", other: "APPLIED"}
    assert "ThrottlingException" in found[busy]["reason"]
    again = admin("POST", path, {}).body["servers"]
    assert {server["sourceServerId"]: server["outcome"] for server in again} == {busy: "APPLIED", other: "UNCHANGED"}
