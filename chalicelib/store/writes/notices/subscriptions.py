"""Writes which plans send notices to which addresses."""

from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ....domain.notices.subscriptions import SubscriptionRecord
from ...failures import condition_failed
from ...tables.subscriptions import SUBSCRIPTIONS, NotificationSubscriptionItem


def add_subscription(address: str, plan_id: str) -> None:
    """Records that a plan sends notices to an address; no change when that is on record."""
    try:
        SUBSCRIPTIONS.to_item(SubscriptionRecord(address, plan_id)).save(condition=_subscription_is_new())
    except PutError as error:
        if not condition_failed(error):
            raise


def record_subscription(address: str, plan_id: str, *, subscription_arn: str | None = None, error: str) -> None:
    """Records the last attempt; without an ARN the recorded one stays. Does nothing without a record."""
    item = NotificationSubscriptionItem
    actions: list[Action] = [item.error.set(error)]
    if subscription_arn is not None:
        actions.append(item.subscription_arn.set(subscription_arn))
    try:
        item(address=address, plan_id=plan_id).update(actions=actions, condition=_subscription_is_on_record())
    except UpdateError as failure:
        if not condition_failed(failure):
            raise


def remove_subscription(address: str, plan_id: str) -> None:
    """Removes a plan's subscription of an address. No condition, because only the plan writes this item."""
    NotificationSubscriptionItem(address=address, plan_id=plan_id).delete()


def _subscription_is_new() -> Condition:
    return NotificationSubscriptionItem.address.does_not_exist()


def _subscription_is_on_record() -> Condition:
    return NotificationSubscriptionItem.address.exists()
