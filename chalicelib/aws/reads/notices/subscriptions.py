"""Looking at e-mail subscriptions: confirmed, pending or gone, as SNS knows it now."""

from ....domain.access.context import Hub
from ....domain.errors import DomainError
from ....domain.notices.subscriptions import EmailSubscription, SubscriptionRecord, SubscriptionState
from ...asking import Expected, translated
from ...short_timeouts import prompt_client

_PENDING = "AWS has sent a confirmation e-mail. Nothing is delivered until its link has been opened."
_GONE = (
    "There is no subscription: unsubscribed, or not confirmed in time. Save the plan again to send a new invitation."
)


def observe_subscription(record: SubscriptionRecord, hub: Hub) -> EmailSubscription:
    """How far one address has come; asks SNS once, for three seconds at most. Raises nothing of AWS."""
    if record.error:
        reason = f"{record.error} Save the plan again to repeat it."
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
        return EmailSubscription(record.address, SubscriptionState.UNKNOWN, "SNS could not be asked just now.")
    if str(answer["Attributes"].get("PendingConfirmation")).lower() == "true":
        return EmailSubscription(record.address, SubscriptionState.PENDING_CONFIRMATION, _PENDING)
    return EmailSubscription(record.address, SubscriptionState.CONFIRMED)


def not_on_record(address: str) -> EmailSubscription:
    """An address of a plan whose subscription was never recorded."""
    return EmailSubscription(address, SubscriptionState.NOT_SUBSCRIBED, _GONE)
