"""The state of the e-mail subscriptions of a plan."""

from ..aws.reads.notices.subscriptions import not_on_record, observe_subscription
from ..domain.access.context import CallContext
from ..domain.notices.subscriptions import EmailSubscription
from ..domain.plans.plans import RecoveryPlan
from ..side_by_side import map_bounded
from ..store.reads.notices.subscriptions import find_subscriptions

_PARALLEL = 8


def list_subscription_states(plan: RecoveryPlan, call: CallContext) -> list[EmailSubscription]:
    """The state of each address of the plan, read from SNS in parallel. A plan without addresses costs nothing."""
    if not plan.notification_emails:
        return []
    known = find_subscriptions(plan.plan_id, plan.notification_emails)

    def state(address: str) -> EmailSubscription:
        return observe_subscription(known[address], call.hub) if address in known else not_on_record(address)

    return map_bounded(state, plan.notification_emails, limit=_PARALLEL)
