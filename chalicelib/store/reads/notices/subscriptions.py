"""Reads which plans send notices to which addresses."""

from collections.abc import Sequence

from ....domain.notices.subscriptions import SubscriptionRecord
from ...tables.subscriptions import SUBSCRIPTIONS, NotificationSubscriptionItem


def find_subscriptions(plan_id: str, addresses: Sequence[str]) -> dict[str, SubscriptionRecord]:
    """The subscriptions of a plan's addresses that are on record, by address, read consistently."""
    keys = [(address, plan_id) for address in dict.fromkeys(addresses)]
    items = NotificationSubscriptionItem.batch_get(keys, consistent_read=True)
    return {item.address: SUBSCRIPTIONS.to_record(item) for item in items}


def subscriptions_of_address(address: str) -> list[SubscriptionRecord]:
    """The subscriptions of all plans that send notices to an address, read consistently."""
    return [SUBSCRIPTIONS.to_record(item) for item in NotificationSubscriptionItem.query(address, consistent_read=True)]


def addresses_of_plan(plan_id: str) -> list[str]:
    """The addresses on record for a plan, including any that a crash left behind; eventually consistent."""
    return [str(item.address) for item in NotificationSubscriptionItem.by_plan.query(plan_id)]
