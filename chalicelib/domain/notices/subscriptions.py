"""E-mail subscriptions to the notices of a plan, and their states."""

from enum import StrEnum

import msgspec


class SubscriptionState(StrEnum):
    """The state of a subscription in SNS.

    PENDING_CONFIRMATION: the person has not opened the link in AWS's e-mail yet, and receives no notice.
    NOT_SUBSCRIBED: there is no subscription, or no longer. UNKNOWN: SNS could not be reached.
    """

    CONFIRMED = "CONFIRMED"
    PENDING_CONFIRMATION = "PENDING_CONFIRMATION"
    NOT_SUBSCRIBED = "NOT_SUBSCRIBED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class EmailSubscription(msgspec.Struct, frozen=True, rename="camel"):
    """The state of one address; ``reason`` says what is wrong and what to do, empty if nothing is."""

    email: str
    state: SubscriptionState
    reason: str = ""


class SubscriptionRecord(msgspec.Struct, frozen=True):
    """One address of one plan. All plans with the same address share one SNS subscription."""

    address: str
    plan_id: str
    subscription_arn: str = ""
    error: str = ""
