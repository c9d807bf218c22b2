"""E-mail subscriptions of plans: invited by a save, filtered by plan, removed when no plan names them."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.sns.models import sns_backends

from local.cloud import LocalCloud

from .conftest import EAST, REGION_OF, Answer, RestClient, audit_entries

Make = Callable[..., Any]
TOPIC = "aws-drs-orchestration-notifications-local"
HUB, REGION = "111122223333", "us-east-2"


@pytest.fixture(autouse=True)
def topic(cloud: LocalCloud) -> Iterator[str]:
    """The topic; a test may delete it."""
    yield str(cloud.client("sns").create_topic(Name=TOPIC)["TopicArn"])
    cloud.client("sns").create_topic(Name=TOPIC)


@pytest.fixture
def address() -> str:
    """An address that no other test uses."""
    return f"ops-{uuid.uuid4().hex[:12]}@example.com"


@pytest.fixture
def policy_of(cloud: LocalCloud, topic: str) -> Callable[[str], list[str] | None]:
    """The plans whose notices an address gets; None when it is not subscribed."""

    def look(address: str) -> list[str] | None:
        sns = cloud.client("sns")
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        arns = [
            entry["SubscriptionArn"]
            for page in pages
            for entry in page["Subscriptions"]
            if entry["Endpoint"] == address
        ]
        if not arns:
            return None
        (arn,) = arns
        attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        return list(json.loads(attributes["FilterPolicy"])["plan_id"])

    return look


def content_of(plan: dict[str, Any], *addresses: str) -> dict[str, Any]:
    """A plan's content as a save sends it."""
    waves = [{key: wave[key] for key in ("number", "name", "protectionGroupIds")} for wave in plan["waves"]]
    return {"name": plan["name"], "waves": waves, "version": plan["version"], "notificationEmails": list(addresses)}


def save(admin: RestClient, plan: dict[str, Any], *addresses: str) -> Answer:
    return admin("PUT", f"/recovery-plans/{plan['planId']}", content_of(plan, *addresses))


def test_an_address_is_subscribed_to_its_plan_and_no_other(
    admin: RestClient, new_plan: Make, address: str, policy_of: Make
) -> None:
    plan = new_plan(notificationEmails=[address.upper()])
    assert plan["notificationEmails"] == [address]
    assert plan["notifications"] == [{"email": address, "state": "CONFIRMED", "reason": ""}]
    assert policy_of(address) == [plan["planId"]]
    assert admin.get(f"/recovery-plans/{plan['planId']}").body == plan


def test_an_address_of_two_plans_has_one_subscription(
    admin: RestClient, new_plan: Make, address: str, policy_of: Make
) -> None:
    first, second = new_plan(notificationEmails=[address]), new_plan(notificationEmails=[address])
    assert policy_of(address) == sorted([first["planId"], second["planId"]])
    assert save(admin, first).body["notifications"] == []
    assert policy_of(address) == [second["planId"]]
    assert admin("DELETE", f"/recovery-plans/{second['planId']}").status == 200
    assert policy_of(address) is None


def test_until_the_person_confirms_the_state_is_pending(admin: RestClient, new_plan: Make, address: str) -> None:
    plan = new_plan(notificationEmails=[address])
    (subscription,) = (entry for entry in sns_backends[HUB][REGION].subscriptions.values() if entry.endpoint == address)
    subscription.attributes["PendingConfirmation"] = "true"
    (shown,) = admin.get(f"/recovery-plans/{plan['planId']}").body["notifications"]
    assert shown["state"] == "PENDING_CONFIRMATION"
    assert "link" in shown["reason"]


def test_an_unsubscribed_address_is_shown_as_such_and_invited_again_by_the_next_save(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, address: str, policy_of: Make
) -> None:
    plan = new_plan(notificationEmails=[address])
    backend = sns_backends[HUB][REGION]
    (arn,) = (entry.arn for entry in backend.subscriptions.values() if entry.endpoint == address)
    cloud.client("sns").unsubscribe(SubscriptionArn=arn)
    (shown,) = admin.get(f"/recovery-plans/{plan['planId']}").body["notifications"]
    assert shown["state"] == "NOT_SUBSCRIBED"
    assert save(admin, plan, address).body["notifications"][0]["state"] == "CONFIRMED"
    assert policy_of(address) == [plan["planId"]]


def test_without_a_topic_the_plan_is_saved_and_a_repeat_repairs_it(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, address: str, topic: str, policy_of: Make
) -> None:
    cloud.client("sns").delete_topic(TopicArn=topic)
    plan = new_plan(notificationEmails=[address])
    (shown,) = plan["notifications"]
    assert shown["state"] == "FAILED"
    assert "Save the plan again" in shown["reason"]
    assert admin.get(f"/recovery-plans/{plan['planId']}").body["notifications"] == [shown]
    cloud.client("sns").create_topic(Name=TOPIC)
    assert save(admin, plan, address).body["notifications"] == [{"email": address, "state": "CONFIRMED", "reason": ""}]
    assert policy_of(address) == [plan["planId"]]


def test_a_crash_after_the_save_is_repaired_by_the_next_one(
    admin: RestClient, cloud: LocalCloud, new_plan: Make, address: str, policy_of: Make
) -> None:
    plan = new_plan(notificationEmails=[address])
    cloud.runtime.crash_next("data-management-handler", service="sns", operation="Unsubscribe")
    assert save(admin, plan).status == 504
    current = admin.get(f"/recovery-plans/{plan['planId']}").body
    assert current["notificationEmails"] == []
    assert policy_of(address) == [plan["planId"]], "left behind"
    assert save(admin, current).status == 200
    assert policy_of(address) is None


def test_wrong_addresses_are_refused_by_position(admin: RestClient, new_plan: Make) -> None:
    refused = save(admin, new_plan(), "ops@example.com", "nobody", "OPS@example.com")
    assert refused.status == 400
    assert set(refused.problems) == {"notificationEmails[1]", "notificationEmails[2]"}


def test_addresses_are_shortened_in_the_audit_log(admin: RestClient, new_plan: Make, address: str) -> None:
    saved = save(admin, new_plan(), address)
    headers = {name.lower(): value for name, value in saved.headers.items()}
    (entry,) = audit_entries(headers["x-amzn-requestid"])
    assert "o***@example.com" in entry.parameters
    assert address not in entry.parameters


def test_addresses_are_hidden_without_a_sign_in(anonymous: RestClient, new_plan: Make, address: str) -> None:
    plan = new_plan(notificationEmails=[address])
    assert anonymous.get(f"/recovery-plans/{plan['planId']}").status == 401


# --- alerts of syncs ---


def test_a_place_that_begins_to_fail_causes_one_alert(cloud: LocalCloud, sync: Make, heard: Make) -> None:
    sync()
    heard()
    rule = {"kind": "ACCESS_DENIED", "match": {"account": EAST, "operation": "DescribeSourceServers"}}
    fault = cloud.emulator.add_fault(rule)
    try:
        sync()
        sync()
    finally:
        cloud.emulator.remove_fault(fault)
    (alert,) = heard()
    assert (alert["event"], alert["severity"]) == ("SYNC_FAILING", "WARNING")
    assert EAST in alert["subject"]
    sync()
    assert heard() == []


def test_stalled_replication_causes_an_alert_when_it_is_seen(
    cloud: LocalCloud, new_servers: Make, sync: Make, heard: Make
) -> None:
    (server_id,) = new_servers(state="CONTINUOUS")
    sync()
    heard()
    cloud.emulator.set_replication(EAST, REGION_OF[EAST], server_id, state="STALLED")
    sync()
    sync()
    (alert,) = heard()
    assert alert["event"] == "REPLICATION_STALLED"
    assert "1 server in" in alert["subject"]
