"""Reads the state of e-mail subscriptions from SNS: confirmed, pending or gone."""

from ....domain.access.context import Hub
from ....domain.errors import DomainError
from ....domain.notices.subscriptions import EmailSubscription, SubscriptionRecord, SubscriptionState
from ...asking import Expected, translated
from ...short_timeouts import prompt_client

_PENDING = "AWS has sent a confirmation e-mail. No notices are delivered until the link in it has been opened."
_GONE = (
    "There is no subscription: it was ended, or not confirmed in time. Save the plan again to send a new invitation."
)


def observe_subscription(record: SubscriptionRecord, hub: Hub) -> EmailSubscription:
    """The state of one address. Calls SNS once, for three seconds at most; never raises an error of AWS."""
    if record.error:
        reason = f"{record.error} Save the plan again to retry."
        return EmailSubscription(record.address, SubscriptionState.FAILED, reason)
    if not record.subscription_arn:
        return EmailSubscription(record.address, SubscriptionState.NOT_SUBSCRIBED, _GONE)
    sns, arn = prompt_client("sns", hub.region), record.subscription_arn
    try:
        with translated(expected={"NotFound", "NotFoundException"}):
            answer = sns.get_subscription_attributes(SubscriptionArn=arn)
    except Expected:
        return EmailSubscription(record.address, SubscriptionState.NOT_SUBSCRIBED, _GONE)
    except DomainError:
        return EmailSubscription(
            record.address, SubscriptionState.UNKNOWN, "SNS did not answer. Load the plan again in a few seconds."
        )
    if str(answer["Attributes"].get("PendingConfirmation")).lower() == "true":
        return EmailSubscription(record.address, SubscriptionState.PENDING_CONFIRMATION, _PENDING)
    return EmailSubscription(record.address, SubscriptionState.CONFIRMED)


def not_on_record(address: str) -> EmailSubscription:
    """An address of a plan whose subscription was never recorded."""
    return EmailSubscription(address, SubscriptionState.NOT_SUBSCRIBED, _GONE)
