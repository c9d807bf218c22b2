"""Subscribes a plan's e-mail addresses after the plan was saved; a failure here never fails the save.

Safe to repeat: each run makes SNS agree with the records, whatever an earlier run has left behind.
"""

from collections.abc import Callable, Mapping, Sequence

from ...aws.actions.notices import subscriptions as actions
from ...aws.reads.notices.subscriptions import not_on_record, observe_subscription
from ...domain.access.context import CallContext, Hub
from ...domain.access.masking import mask_address
from ...domain.errors import DomainError
from ...domain.notices.subscriptions import EmailSubscription, SubscriptionRecord, SubscriptionState
from ...domain.plans.plans import RecoveryPlan
from ...logs import logger
from ...operations.plans import PlanDetail, plan_detail
from ...side_by_side import map_bounded, try_each
from ...store.failures import translated
from ...store.reads.notices.subscriptions import addresses_of_plan, find_subscriptions, subscriptions_of_address
from ...store.writes.notices.subscriptions import add_subscription, record_subscription, remove_subscription

_TRIES = 5
_PARALLEL = 8


def subscribe(plan: RecoveryPlan, dropped: Sequence[str], call: CallContext) -> PlanDetail:
    """Subscribes the addresses of a saved plan and unsubscribes ``dropped`` ones. Returns their states.

    For a plan that never had an address it costs one index query.
    """
    wanted = plan.notification_emails
    gone = sorted((set(dropped) | set(_on_record(plan.plan_id))) - set(wanted))
    _each(lambda address: _leave(address, plan.plan_id, call.hub), gone, plan.plan_id)
    failures = _each(lambda address: _join(address, plan.plan_id, call.hub), wanted, plan.plan_id)
    return plan_detail(plan, _states(plan, failures, call.hub), call.now)


def unsubscribe(plan_id: str, addresses: Sequence[str], call: CallContext) -> None:
    """Ends every subscription of a deleted plan. Failures are only logged, because such a plan sends no notices."""
    gone = sorted({*addresses, *_on_record(plan_id)})
    _each(lambda address: _leave(address, plan_id, call.hub), gone, plan_id)


def _on_record(plan_id: str) -> Sequence[str]:
    """The addresses on record for a plan. Empty when the tables do not answer, because the plan is already saved."""
    try:
        with translated():
            return addresses_of_plan(plan_id)
    except DomainError as error:
        logger.warning("addresses on record not read", extra={"plan_id": plan_id, "reason": error.message})
        return ()


def _each(act: Callable[[str], None], addresses: Sequence[str], plan_id: str) -> dict[str, str]:
    """Calls ``act`` for each address; returns the reason for each address for which it failed."""
    failures: dict[str, str] = {}
    for address, result in zip(addresses, try_each(act, addresses, limit=_PARALLEL), strict=True):
        if isinstance(result, Exception):
            failures[address] = (
                result.message if isinstance(result, DomainError) else "The subscription could not be recorded."
            )
            facts = {"address": mask_address(address), "plan_id": plan_id}
            logger.error("e-mail subscription not updated", exc_info=result, extra=facts)
    return failures


def _join(address: str, plan_id: str, hub: Hub) -> None:
    add_subscription(address, plan_id)
    try:
        _settle(address, hub, leaving="")
    except DomainError as error:
        record_subscription(address, plan_id, error=error.message)
        raise


def _leave(address: str, plan_id: str, hub: Hub) -> None:
    _settle(address, hub, leaving=plan_id)
    remove_subscription(address, plan_id)


def _settle(address: str, hub: Hub, *, leaving: str) -> None:
    """Makes the address's one subscription match all plans on record except ``leaving``.

    Two plans may be saved at the same time. Each save reads the records again after it has set the subscription, so
    that the last one sees both plans and neither is lost.
    """
    for _ in range(_TRIES):
        on_record = subscriptions_of_address(address)
        records = [record for record in on_record if record.plan_id != leaving]
        arn = next((record.subscription_arn for record in on_record if record.subscription_arn), "")
        plan_ids = sorted(record.plan_id for record in records)
        if plan_ids:
            arn = actions.put_subscription(hub, address, plan_ids, arn)
        elif arn:
            actions.remove_subscription(hub, arn)
        for record in records:
            if (record.subscription_arn, record.error) != (arn, ""):
                record_subscription(address, record.plan_id, subscription_arn=arn, error="")
        after = sorted(record.plan_id for record in subscriptions_of_address(address) if record.plan_id != leaving)
        if after == plan_ids:
            return


def _states(plan: RecoveryPlan, failures: Mapping[str, str], hub: Hub) -> list[EmailSubscription]:
    if not plan.notification_emails:
        return []
    known = _records(plan)

    def state(address: str) -> EmailSubscription:
        if address in failures:
            reason = f"{failures[address]} Save the plan again to retry."
            return EmailSubscription(address, SubscriptionState.FAILED, reason)
        return observe_subscription(known[address], hub) if address in known else not_on_record(address)

    return map_bounded(state, plan.notification_emails, limit=_PARALLEL)


def _records(plan: RecoveryPlan) -> Mapping[str, SubscriptionRecord]:
    """The plan's subscriptions on record, by address. Empty when the tables do not answer."""
    try:
        with translated():
            return find_subscriptions(plan.plan_id, plan.notification_emails)
    except DomainError as error:
        logger.warning("subscriptions not read", extra={"plan_id": plan.plan_id, "reason": error.message})
        return {}
