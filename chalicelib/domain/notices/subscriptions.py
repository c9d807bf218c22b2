"""Who is told of a plan by e-mail, and how far their subscription has come."""

from enum import StrEnum

import msgspec


class SubscriptionState(StrEnum):
    """PENDING_CONFIRMATION: the person has not opened the link in AWS's e-mail yet, and is told nothing.

    NOT_SUBSCRIBED: there is no subscription (any more). UNKNOWN: SNS could not be asked just now.
    """

    CONFIRMED = "CONFIRMED"
    PENDING_CONFIRMATION = "PENDING_CONFIRMATION"
    NOT_SUBSCRIBED = "NOT_SUBSCRIBED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class EmailSubscription(msgspec.Struct, frozen=True, rename="camel"):
    """``reason`` is a sentence that says what to do; empty when all is well."""

    email: str
    state: SubscriptionState
    reason: str = ""


class SubscriptionRecord(msgspec.Struct, frozen=True):
    """One plan's interest in one address. All plans of an address share one subscription of SNS."""

    address: str
    plan_id: str
    subscription_arn: str = ""
    error: str = ""
