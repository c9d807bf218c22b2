"""Staging accounts of target accounts: added, listed, removed, validated and discovered."""

from collections.abc import Callable
from typing import Any

import pytest

from local.cloud import LocalCloud
from tests.integration.conftest import EAST, REGION_OF, WEST, RestClient
from tests.integration.staging.conftest import Staging

Make = Callable[..., Any]


def test_a_staging_account_is_added_listed_and_removed(admin: RestClient, staging: Staging, add: Make) -> None:
    path = f"/accounts/targets/{EAST}/staging-accounts"
    added = add(name="Shop staging")
    assert added.status == 201
    assert added.body["name"] == "Shop staging"
    assert added.body in list(admin.all_items(path, limit=1))
    removed = admin("DELETE", f"{path}/{staging.account_id}")
    assert removed.body == {"accountId": EAST, "stagingAccountId": staging.account_id, "extendedServers": 0}
    assert staging.account_id not in {item["stagingAccountId"] for item in admin.all_items(path)}
    assert admin("DELETE", f"{path}/{staging.account_id}").status == 404


def test_an_account_is_added_once_to_each_target_account(add: Make) -> None:
    assert [add(EAST).status, add(WEST).status] == [201, 201]
    again = add(EAST)
    assert (again.status, again.error) == (409, "StateConflict")


@pytest.mark.parametrize("number", ["12345", "22223333444a", EAST])
def test_a_number_that_cannot_be_a_staging_account_is_refused(admin: RestClient, number: str) -> None:
    refused = admin("POST", f"/accounts/targets/{EAST}/staging-accounts", {"stagingAccountId": number})
    assert refused.status == 400
    assert set(refused.problems) == {"stagingAccountId"}


def test_an_unknown_target_account_is_not_found(admin: RestClient, staging: Staging) -> None:
    base = "/accounts/targets/999999999999"
    body = {"stagingAccountId": staging.account_id}
    answers = [
        admin("POST", f"{base}/staging-accounts", body),
        admin("POST", f"{base}/staging-accounts/sync"),
        admin.get(f"{base}/staging-accounts"),
        admin.get(f"{base}/staging-accounts/discover"),
        admin.get(f"{base}/capacity"),
        admin("POST", f"{base}/staging-accounts/{staging.account_id}/validate"),
    ]
    assert [answer.status for answer in answers] == [404] * len(answers)


def validated(admin: RestClient, staging: Staging) -> tuple[Any, Any]:
    answer = admin("POST", f"/accounts/targets/{EAST}/staging-accounts/{staging.account_id}/validate")
    assert answer.status == 200, answer.body
    (region,) = (region for region in answer.body["regions"] if region["region"] == REGION_OF[EAST])
    return answer.body, region


def test_the_default_key_is_explained_before_anything_is_extended(admin: RestClient, staging: Staging) -> None:
    staging.new_server("unknown")
    answer, region = validated(admin, staging)
    assert (region["check"], region["extensible"], region["keysChecked"]) == ("NOT_CHECKED", 1, False)
    assert "registered as a target account too" in region["reason"]
    assert "aws/ebs" in region["remedy"]
    assert "ValidationException" in answer["keys"]
    assert staging.extended_into() == {}


@pytest.mark.usefixtures("registered")
def test_servers_with_the_default_key_are_named(admin: RestClient, cloud: LocalCloud, staging: Staging) -> None:
    staging.new_server("secret", uses_default_key=True)
    own_key = staging.new_server("open")
    drs = cloud.client("drs", account=staging.account_id, region=REGION_OF[EAST])
    drs.update_replication_configuration(
        sourceServerID=own_key,
        ebsEncryption="CUSTOM",
        ebsEncryptionKeyArn=f"arn:aws:kms:{REGION_OF[EAST]}:{staging.account_id}:key/1",
    )
    answer, region = validated(admin, staging)
    assert (answer["check"], region["withDefaultKey"], region["keysChecked"]) == ("ACTION_NEEDED", ["secret"], True)


@pytest.mark.parametrize(
    ("kind", "state", "check", "remedy"),
    [
        ("ACCESS_DENIED", "ACCESS_DENIED", "ACTION_NEEDED", "staging-account.yaml"),
        ("UNINITIALIZED", "NOT_INITIALIZED", "ACTION_NEEDED", "Initialise DRS"),
        ("REGION_DISABLED", "REGION_NOT_ENABLED", "ACTION_NEEDED", "Enable the Region"),
        ("THROTTLE", "THROTTLED", "NOT_CHECKED", ""),
    ],
)
def test_each_obstacle_has_its_state_and_remedy(
    admin: RestClient, staging: Staging, fault: Make, kind: str, state: str, check: str, remedy: str
) -> None:
    fault(kind, "ListExtensibleSourceServers")
    answer, region = validated(admin, staging)
    assert (region["state"], region["check"], answer["check"]) == (state, check, check)
    assert remedy in region["remedy"]
    assert region["reason"]


def test_staging_accounts_are_discovered_from_drs(
    admin: RestClient, staging: Staging, add: Make, extend: Make, sync: Make
) -> None:
    def discovered() -> Any:
        items = admin.get(f"/accounts/targets/{EAST}/staging-accounts/discover").body["items"]
        return next((item for item in items if item["stagingAccountId"] == staging.account_id), None)

    assert discovered() is None
    add()
    staging.new_server("seen")
    extend()
    sync()
    found = discovered()
    assert (found["added"], found["regions"]) == (True, [REGION_OF[EAST]])
    assert found["extendedServers"] == {REGION_OF[EAST]: 1}
    removed = admin("DELETE", f"/accounts/targets/{EAST}/staging-accounts/{staging.account_id}").body
    assert removed["extendedServers"] == 1
    assert discovered()["added"] is False


def test_a_region_that_cannot_be_read_is_a_problem_of_its_own(admin: RestClient, fault: Make) -> None:
    fault("ACCESS_DENIED", "ListStagingAccounts")
    answer = admin.get(f"/accounts/targets/{EAST}/staging-accounts/discover")
    assert answer.status == 200
    assert any(f"{EAST}/{REGION_OF[EAST]}" in problem for problem in answer.body["problems"])
