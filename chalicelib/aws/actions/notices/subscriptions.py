"""Subscribes e-mail addresses to notices: one subscription for each address, filtered by plan."""

import json
from collections.abc import Sequence
from contextlib import suppress

from ....domain.access.context import Hub
from ....domain.errors import CloudError
from ...asking import Expected, translated
from ...short_timeouts import prompt_client
from .notices import topic_arn

_GONE = frozenset({"NotFound", "NotFoundException"})


def put_subscription(hub: Hub, address: str, plan_ids: Sequence[str], known_arn: str) -> str:
    """Subscribes ``address`` to the notices of exactly these plans; returns the subscription's ARN.

    For a new subscription AWS sends a confirmation e-mail. One that is gone (refused, expired, unsubscribed) is
    created again. SNS accepts at most 150 plans for an address. Raises CloudError or Unavailable.
    """
    policy = json.dumps({"plan_id": sorted(plan_ids)})
    if known_arn and _set_policy(hub, known_arn, policy):
        return known_arn
    try:
        return _subscribe(hub, address, policy)
    except CloudError as error:
        # Already subscribed with another filter by a call that died before it recorded the ARN.
        found = _find_arn(hub, address) if "already exists" in error.message else ""
        if found and _set_policy(hub, found, policy):
            return found
        raise


def remove_subscription(hub: Hub, arn: str) -> None:
    """Ends a subscription. No error when it is gone or was never confirmed. Raises CloudError or Unavailable."""
    # An unconfirmed subscription cannot be ended; AWS deletes it after two days.
    with suppress(Expected), translated(expected={*_GONE, "InvalidParameter"}):
        prompt_client("sns", hub.region).unsubscribe(SubscriptionArn=arn)


def _set_policy(hub: Hub, arn: str, policy: str) -> bool:
    """Sets the filter of a subscription. False when the subscription is gone."""
    with suppress(Expected), translated(expected=_GONE):
        prompt_client("sns", hub.region).set_subscription_attributes(
            SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=policy
        )
        return True
    return False


def _subscribe(hub: Hub, address: str, policy: str) -> str:
    # The filter is set with the subscription, or the address would briefly receive notices of every plan.
    with translated():
        made = prompt_client("sns", hub.region).subscribe(
            TopicArn=topic_arn(hub),
            Protocol="email",
            Endpoint=address,
            Attributes={"FilterPolicy": policy},
            ReturnSubscriptionArn=True,
        )
    return str(made["SubscriptionArn"])


def _find_arn(hub: Hub, address: str) -> str:
    """The ARN of an address's confirmed subscription, or "". Costs one request per 100 subscriptions."""
    sns = prompt_client("sns", hub.region)
    with translated():
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn(hub))
        entries = (entry for page in pages for entry in page["Subscriptions"] if entry["Endpoint"] == address)
        arns = (str(entry["SubscriptionArn"]) for entry in entries)
        return next((arn for arn in arns if arn.startswith("arn:")), "")
