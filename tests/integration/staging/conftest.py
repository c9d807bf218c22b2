"""A staging account of two target accounts that no other test uses."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.domain.estate.accounts import TargetAccount
from chalicelib.store.writes.estate.accounts import create_account, delete_account
from local.cloud import LocalCloud
from local.identities import Role
from tests.integration.conftest import EAST, REGION_OF, WEST, Answer, RestClient

Make = Callable[..., Any]
_numbers = itertools.count(444_400_000_001)


class Staging:
    """A staging account of both target accounts that no other test uses."""

    def __init__(self, cloud: LocalCloud, account_id: str) -> None:
        self._cloud, self.account_id = cloud, account_id
        for region in REGION_OF.values():
            cloud.emulator.initialize(account_id, region)

    def new_server(self, hostname: str, *, target: str = EAST, **more: Any) -> str:
        return self._cloud.emulator.add_source_server(
            self.account_id, REGION_OF[target], hostname=hostname, replication_state="DISCONNECTED", **more
        )

    def extended_into(self, target: str = EAST) -> dict[str, dict[str, Any]]:
        """The target account's extended source servers from here, by hostname, as DRS shows them."""
        drs = self._cloud.client("drs", account=target, region=REGION_OF[target])
        pages = drs.get_paginator("describe_source_servers").paginate(filters={"stagingAccountIDs": [self.account_id]})
        items = [item for page in pages for item in page["items"]]
        return {item["sourceProperties"]["identificationHints"]["hostname"]: item for item in items}


@pytest.fixture
def staging(cloud: LocalCloud, admin: RestClient) -> Iterator[Staging]:
    made = Staging(cloud, str(next(_numbers)))
    yield made
    for target in (EAST, WEST):
        admin("DELETE", f"/accounts/targets/{target}/staging-accounts/{made.account_id}")


@pytest.fixture
def add(admin: RestClient, staging: Staging) -> Callable[..., Answer]:
    """Adds the staging account to a target account."""

    def add(target: str = EAST, **more: Any) -> Answer:
        body = {"stagingAccountId": staging.account_id, **more}
        return admin("POST", f"/accounts/targets/{target}/staging-accounts", body)

    return add


@pytest.fixture
def extend(admin: RestClient, staging: Staging) -> Callable[[], tuple[Any, Any]]:
    """Syncs the staging accounts of EAST; returns the answer, and the result for this staging account."""

    def run() -> tuple[Any, Any]:
        answer = admin("POST", f"/accounts/targets/{EAST}/staging-accounts/sync")
        assert answer.status == 200, answer.body
        (item,) = (item for item in answer.body["items"] if item["stagingAccountId"] == staging.account_id)
        return answer.body, item

    return run


@pytest.fixture
def fault(cloud: LocalCloud) -> Iterator[Make]:
    """Makes an operation of DRS fail in an account until the test is over."""
    made: list[str] = []

    def add(kind: str, operation: str, account: str = EAST, region: str = "", **more: Any) -> None:
        match = {"account": account, "operation": operation, **({"region": region} if region else {})}
        made.append(cloud.emulator.add_fault({"kind": kind, "match": match, **more}))

    yield add
    for fault_id in made:
        cloud.emulator.remove_fault(fault_id)


@pytest.fixture
def registered(cloud: LocalCloud, staging: Staging) -> Iterator[None]:
    """The staging account is registered as a target account too, so that its servers can be read."""
    arn, external_id = (
        f"arn:aws:iam::{staging.account_id}:role/aws-drs-orchestration-read-local",
        "a-secret-of-the-account",
    )
    template = cloud.identities.role(cloud.world.accounts[0].read_role_arn)
    hub = {"AWS": f"arn:aws:iam::{cloud.hub_account}:root"}
    trust = {"Effect": "Allow", "Principal": hub, "Action": "sts:AssumeRole"}
    trust |= {"Condition": {"StringEquals": {"sts:ExternalId": external_id}}}
    policy = {"Version": "2012-10-17", "Statement": [trust]}
    cloud.identities.add_role(
        Role(account=staging.account_id, arn=arn, trust_policy=policy, policies=template.policies)
    )
    account = TargetAccount(staging.account_id, "Staging", arn, "", external_id, (REGION_OF[EAST],))
    create_account(account)
    yield
    delete_account(account, [])
