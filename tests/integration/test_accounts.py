"""Target accounts over REST: registered, changed, removed and validated."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.cloud import LocalCloud

from .conftest import EAST, REGION_OF, Answer, RestClient

SECRET = "a-secret-of-20-signs"
_numbers = itertools.count(500_000_000_000)
Register = Callable[..., Answer]


@pytest.fixture
def number() -> str:
    """An account that is not registered yet."""
    return str(next(_numbers))


@pytest.fixture
def register(admin: RestClient) -> Iterator[Register]:
    made: list[str] = []

    def register(account_id: str, **content: Any) -> Answer:
        body = {"accountId": account_id, "name": f"Account {account_id}", "externalId": SECRET, **content}
        answer = admin("POST", "/accounts/targets", body)
        if answer.status == 201:
            made.append(account_id)
        return answer

    yield register
    for account_id in made:
        admin("DELETE", f"/accounts/targets/{account_id}")


def test_an_account_is_registered_with_the_roles_of_its_stack(
    register: Register, admin: RestClient, number: str
) -> None:
    made = register(number, regions=["us-east-1"]).body
    stage = admin("GET", "/accounts/current").body["stage"]
    assert made["readRoleArn"] == f"arn:aws:iam::{number}:role/aws-drs-orchestration-read-{stage}"
    assert made["operateRoleArn"] == f"arn:aws:iam::{number}:role/aws-drs-orchestration-operate-{stage}"
    assert (made["hasExternalId"], made["version"], made["regions"]) == (True, 1, ["us-east-1"])
    assert admin("GET", f"/accounts/targets/{number}").body == made
    assert made in list(admin.all_items("/accounts/targets", limit=1))


def test_the_external_id_is_in_no_answer(register: Register, admin: RestClient, number: str) -> None:
    answers = [register(number), admin("GET", f"/accounts/targets/{number}"), admin("GET", "/accounts/targets")]
    answers.append(admin("POST", f"/accounts/targets/{number}/validate"))
    answers.append(admin("GET", "/audit-logs"))
    assert [SECRET in str(answer.body) for answer in answers] == [False] * len(answers)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"accountId": "12345"}, "accountId"),
        ({"accountId": "١٢٣٤٥٦٧٨٩٠١٢"}, "accountId"),
        ({"name": " "}, "name"),
        ({"name": "Pаyments"}, "name"),
        ({"name": "Pay\u200bments"}, "name"),
        ({"externalId": ""}, "externalId"),
        ({"externalId": "short"}, "externalId"),
        ({"externalId": "with a blank in its middle"}, "externalId"),
        ({"regions": ["us-east-1", "us-esat-1"]}, "regions[1]"),
        ({"regions": ["us-east-1", "us-east-1"]}, "regions[1]"),
        ({"readRole": "arn:aws:iam::111111111111:role/aws-drs-orchestration-read-local"}, "readRole"),
        ({"operateRole": "Administrator"}, "operateRole"),
        ({"operateRole": "arn:aws:s3:::bucket"}, "operateRole"),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(
    register: Register, admin: RestClient, number: str, content: dict[str, Any], field: str
) -> None:
    refused = register(
        **{
            "account_id": number,
            **content,
            **({"account_id": content.pop("accountId")} if "accountId" in content else {}),
        }
    )
    assert refused.status == 400
    assert field in refused.problems, refused.body
    assert admin("GET", f"/accounts/targets/{number}").status == 404


def test_the_platforms_own_account_takes_no_roles(register: Register, cloud: LocalCloud) -> None:
    refused = register(cloud.hub_account, readRole="aws-drs-orchestration-read-local")
    assert set(refused.problems) == {"readRole", "externalId"}
    assert register(cloud.hub_account, externalId="").status == 201


def test_an_account_is_registered_once_and_its_name_is_its_own(register: Register, number: str) -> None:
    assert register(number, name="Ｐayments  One").body["name"] == "Payments One"
    again = register(number, name="Another")
    assert (again.status, again.error) == (409, "StateConflict")
    taken = register(str(next(_numbers)), name="payments one ")
    assert (taken.error, taken.details["accountId"]) == ("NameTaken", number)


def test_an_update_keeps_the_secret_and_refuses_an_old_version(
    register: Register, admin: RestClient, number: str
) -> None:
    register(number)
    path = f"/accounts/targets/{number}"
    changed = admin("PUT", path, {"name": f"Renamed {number}", "version": 1, "regions": ["eu-west-1"]})
    assert (changed.body["version"], changed.body["hasExternalId"]) == (2, True)
    stale = admin("PUT", path, {"name": "Late", "version": 1})
    assert (stale.error, stale.details["currentVersion"]) == ("StaleVersion", 2)
    assert admin("DELETE", f"{path}?version=1").error == "StaleVersion"
    assert admin("DELETE", f"{path}?version=2").body == {"id": number, "name": f"Renamed {number}"}
    assert admin("GET", path).status == 404
    assert register(number).status == 201, "its number and names are free again"


def test_an_account_with_groups_stays_and_keeps_their_region(admin: RestClient, new_group: Any) -> None:
    group = new_group()
    path = f"/accounts/targets/{group['accountId']}"
    before = admin("GET", path).body
    refused = admin("DELETE", path)
    assert refused.error == "InUse"
    assert group["groupId"] in refused.details["groups"]
    without = {"name": before["name"], "version": before["version"], "regions": ["eu-west-1"]}
    assert admin("PUT", path, without).error == "InUse"
    assert admin("GET", path).body == before


def test_a_group_in_an_account_that_is_removed_meanwhile_is_refused(
    register: Register, admin: RestClient, number: str
) -> None:
    register(number, regions=["us-east-1"])
    assert admin("DELETE", f"/accounts/targets/{number}").status == 200
    body = {"name": f"Group {number}", "accountId": number, "region": "us-east-1", "tags": {"a": "b"}}
    assert "accountId" in admin("POST", "/protection-groups", body).problems


def test_a_connected_account_is_usable(admin: RestClient) -> None:
    found = admin("POST", f"/accounts/targets/{EAST}/validate").body
    assert found["usable"], found
    tried = {(check["access"], check["what"]) for check in found["checks"] if check["state"] == "ACTIVE"}
    whats = ("assume the role", "describe source servers", "describe instances")
    assert tried == {(access, what) for access in ("READ", "OPERATE") for what in whats}


def test_a_wrong_external_id_is_found_and_repaired(admin: RestClient, cloud: LocalCloud) -> None:
    path = f"/accounts/targets/{EAST}"
    right = next(account.external_id for account in cloud.world.accounts if account.account_id == EAST)

    def set_external_id(value: str) -> None:
        now = admin("GET", path).body
        content = {"name": now["name"], "regions": now["regions"], "version": now["version"], "externalId": value}
        assert admin("PUT", path, content).status == 200

    set_external_id("another-secret-of-the-kind")
    try:
        found = admin("POST", f"{path}/validate").body
    finally:
        set_external_id(right)
    assert [check["state"] for check in found["checks"]] == ["ROLE_NOT_ASSUMABLE"] * 2
    assert not found["usable"]
    assert all("external id" in check["remedy"] for check in found["checks"])
    assert admin("POST", f"{path}/validate").body["usable"]


@contextmanager
def faulty(cloud: LocalCloud, kind: str, **rule: Any) -> Iterator[None]:
    match = {"account": EAST, "region": REGION_OF[EAST], "operation": "DescribeSourceServers"}
    fault = cloud.emulator.add_fault({"kind": kind, "match": match, **rule})
    try:
        yield
    finally:
        cloud.emulator.remove_fault(fault)


def test_what_drs_refuses_is_named_with_its_remedy_and_stops_no_other_check(
    admin: RestClient, cloud: LocalCloud
) -> None:
    with faulty(cloud, "ACCESS_DENIED"):
        found = admin("POST", f"/accounts/targets/{EAST}/validate").body
    denied = [check for check in found["checks"] if check["region"] == REGION_OF[EAST]]
    assert {check["state"] for check in denied} == {"ACCESS_DENIED"}
    assert all("target-account.yaml" in check["remedy"] for check in denied)
    assert not found["usable"]
    assert {check["state"] for check in found["checks"] if not check["region"]} == {"ACTIVE"}


def test_only_an_administrator_manages_accounts(cloud: LocalCloud, number: str) -> None:
    operator = RestClient(cloud.api_url, cloud.sign_in("DRSOperator"))
    refused = operator("POST", "/accounts/targets", {"accountId": number, "name": "x", "externalId": SECRET})
    assert (refused.status, refused.error) == (403, "NotPermitted")
    assert operator("GET", f"/accounts/targets/{EAST}").status == 200
