"""The table of e-mail subscriptions."""

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from ...domain.notices.subscriptions import SubscriptionRecord
from ..records import Stored
from .base import Table, table_name


class SubscriptionsByPlan(GlobalSecondaryIndex["NotificationSubscriptionItem"]):
    class Meta:
        index_name = "by_plan"
        projection = AllProjection()

    plan_id = UnicodeAttribute(hash_key=True)
    address = UnicodeAttribute(range_key=True)


class NotificationSubscriptionItem(Table):
    """One item for each address of each plan. All items of an address make up its filter policy in SNS."""

    class Meta:
        table_name = table_name("notification-subscriptions")

    address = UnicodeAttribute(hash_key=True)
    plan_id = UnicodeAttribute(range_key=True)
    subscription_arn = UnicodeAttribute()
    error = UnicodeAttribute()
    by_plan = SubscriptionsByPlan()


SUBSCRIPTIONS = Stored(SubscriptionRecord, NotificationSubscriptionItem)
