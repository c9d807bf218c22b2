"""Reading which plans tell which addresses."""

from collections.abc import Sequence

from ...domain.subscriptions import SubscriptionRecord
from ..tables.subscriptions import NotificationSubscriptionItem


def find_subscriptions(plan_id: str, addresses: Sequence[str]) -> dict[str, SubscriptionRecord]:
    """Those of a plan's addresses that are on record, by address, read consistently."""
    keys = [(address, plan_id) for address in dict.fromkeys(addresses)]
    return {item.address: _value(item) for item in NotificationSubscriptionItem.batch_get(keys, consistent_read=True)}


def subscriptions_of_address(address: str) -> list[SubscriptionRecord]:
    """All plans that tell an address, read consistently."""
    return [_value(item) for item in NotificationSubscriptionItem.query(address, consistent_read=True)]


def addresses_of_plan(plan_id: str) -> list[str]:
    """The addresses on record for a plan, those of earlier versions too if a crash left them; eventually consistent."""
    return [str(item.address) for item in NotificationSubscriptionItem.by_plan.query(plan_id)]


def _value(item: NotificationSubscriptionItem) -> SubscriptionRecord:
    return SubscriptionRecord(item.address, item.plan_id, item.subscription_arn, item.error)
