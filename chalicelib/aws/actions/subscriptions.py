"""Subscribing e-mail addresses to the notices of plans: one subscription for each address, filtered by plan."""

import json
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from ...domain.context import Hub
from ..failures import cloud_error_of
from ..short_timeouts import prompt_client
from .notices import topic_arn


def put_subscription(hub: Hub, address: str, plan_ids: Sequence[str], known_arn: str) -> str:
    """Lets ``address`` be told of these plans and no others; returns the subscription's ARN.

    A new subscription makes AWS send a confirmation e-mail. One that is gone (refused, expired, unsubscribed) is made
    anew. SNS takes at most 150 plans for an address. Raises CloudError or Unavailable.
    """
    policy = json.dumps({"plan_id": sorted(plan_ids)})
    sns = prompt_client("sns", hub.region)
    try:
        if known_arn and _set_policy(hub, known_arn, policy):
            return known_arn
        # The filter comes with the subscription: without it, the address would be told of every plan for a moment.
        made = sns.subscribe(
            TopicArn=topic_arn(hub),
            Protocol="email",
            Endpoint=address,
            Attributes={"FilterPolicy": policy},
            ReturnSubscriptionArn=True,
        )
        return str(made["SubscriptionArn"])
    except (ClientError, BotoCoreError) as error:
        # Subscribed with another filter, and the ARN was lost with whoever did it.
        found = _find_arn(hub, address) if _exists_already(error) else ""
        if found and _set_policy(hub, found, policy):
            return found
        raise cloud_error_of(error) or error from error


def remove_subscription(hub: Hub, arn: str) -> None:
    """Ends a subscription; one that is gone already, or was never confirmed, is no error. Raises as above."""
    try:
        prompt_client("sns", hub.region).unsubscribe(SubscriptionArn=arn)
    except (ClientError, BotoCoreError) as error:
        # An unconfirmed subscription cannot be ended; AWS forgets it after two days.
        if isinstance(error, ClientError) and _code(error) in {"NotFound", "NotFoundException", "InvalidParameter"}:
            return
        raise cloud_error_of(error) or error from error


def _set_policy(hub: Hub, arn: str, policy: str) -> bool:
    try:
        prompt_client("sns", hub.region).set_subscription_attributes(
            SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue=policy
        )
    except ClientError as error:
        if _code(error) in {"NotFound", "NotFoundException"}:
            return False
        raise
    return True


def _exists_already(error: Exception) -> bool:
    return isinstance(error, ClientError) and "already exists" in str(error)


def _find_arn(hub: Hub, address: str) -> str:
    """The ARN of an address's subscription, once it is confirmed; one request for each 100 subscriptions."""
    pages = (
        prompt_client("sns", hub.region).get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn(hub))
    )
    arns = (
        entry["SubscriptionArn"] for page in pages for entry in page["Subscriptions"] if entry["Endpoint"] == address
    )
    return next((str(arn) for arn in arns if str(arn).startswith("arn:")), "")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
