"""Sends notices of committed timeline events, and those that others could not send, each at least once.

A failure here never fails the call whose events are announced. A notice that cannot be sent stays in the outbox, and
the timeline says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from ...aws.actions.notices.notices import send_notice
from ...domain.access.context import CallContext
from ...domain.notices.notices import Channel, Notice, failure_of, notice_kind, notice_of
from ...domain.runs.events import EventKind
from ...domain.runs.records import Execution, TimelineEvent
from ...logs import Counted, count, logger
from ...settings import settings
from ...store.failures import store_error_of
from ...store.reads.notices.outbox import DueNotice, find_due_notices, list_due_notices
from ...store.reads.runs.executions import find_execution
from ...store.writes.notices.outbox import record_notice_failed, record_notice_sent
from .events import new_event

MAX_TRIES = 10
"""How often a notice is sent, a minute apart, before it is given up."""

MAX_AT_ONCE = 50
"""How many notices one round over the outbox looks at."""

SENDER_GRACE = timedelta(seconds=10)
"""How long sending a new notice is left to the call that committed its event."""

_WITHIN_A_CALL, _WITHIN_A_ROUND = timedelta(seconds=6), timedelta(seconds=30)
_BEFORE_DEADLINE = timedelta(seconds=8)


def send_pending_notices(execution_id: str | None, call: CallContext) -> int:
    """Sends notices that a crash or a failing channel left unsent, of one execution or, with None, of all.

    Called by the watchdog. Costs one index query if there is nothing to send, otherwise at most half a minute for at
    most 50 notices. Those with the fewest attempts come first, so that failing ones do not block new ones. Returns how
    many were sent. Never raises.
    """
    try:
        due = [
            item
            for item in list_due_notices(execution_id, MAX_AT_ONCE)
            if item.tries or call.now - item.event.at > SENDER_GRACE
        ]
        # Read again, consistently: the index may still show notices that were sent a moment ago.
        fresh = find_due_notices(item.event for item in due)
        return _send(sorted(fresh, key=lambda item: item.tries), call, within=_WITHIN_A_ROUND)
    except Exception:  # noqa: BLE001 — the edge: a notice never fails the call whose event it announces
        logger.exception("pending notices not sent", extra={"execution_id": execution_id or "all"})
        return 0


def send_committed_notices(attempted: Sequence[TimelineEvent], call: CallContext) -> None:
    """Sends the notices of those ``attempted`` events that were committed. Never raises."""
    try:
        _send(find_due_notices(attempted), call, within=_WITHIN_A_CALL)
    except Exception:  # noqa: BLE001 — the edge: a notice never fails the call whose event it announces
        logger.exception("notices not sent", extra={"event_ids": [event.event_id for event in attempted]})


def _send(due: Iterable[DueNotice], call: CallContext, *, within: timedelta) -> int:
    until = min(call.now + within, call.deadline - _BEFORE_DEADLINE)
    executions: dict[str, Execution | None] = {}
    sent = 0
    for item in due:
        if call.now >= until:
            logger.warning("notices left for later", extra={"event_id": item.event.event_id})
            break
        sent += _try_one(item, executions, call)
    return sent


def _try_one(item: DueNotice, executions: dict[str, Execution | None], call: CallContext) -> bool:
    """Sends one notice. One that cannot be prepared counts as tried, so that it holds up no other and is given up."""
    execution_id = item.event.execution_id
    try:
        if item.content is None and execution_id not in executions:
            executions[execution_id] = find_execution(execution_id)
        return _send_one(item, item.content or _notice_about(item.event, executions[execution_id]), call)
    except Exception as error:  # the edge of one notice: a fault in it must not stop the others
        if store_error_of(error) is not None:
            raise
        logger.exception("notice not prepared", extra={"event_id": item.event.event_id, "execution_id": execution_id})
        reason = f"The notice could not be prepared ({type(error).__name__})."
        _record_failure(item, dict.fromkeys(item.left, reason), call)
        return False


def _notice_about(event: TimelineEvent, execution: Execution | None) -> Notice | None:
    return notice_of(event, execution, settings().dashboard_url) if execution else None


def _send_one(item: DueNotice, notice: Notice | None, call: CallContext) -> bool:
    if notice is None:
        # Its execution was deleted, or the event does not need a notice any more.
        _record_failure(item, {}, call)
        return False
    failures = send_notice(notice, item.left, call.hub)
    if not failures:
        record_notice_sent(item.event)
        return True
    _record_failure(item, failures, call, subject=notice.subject)
    return False


def _record_failure(item: DueNotice, failures: Mapping[Channel, str], call: CallContext, *, subject: str = "") -> None:
    """Keeps the notice for the channels that failed. It leaves the outbox if none did, and after the last attempt."""
    tries = item.tries + 1
    again = bool(failures) and tries < MAX_TRIES
    event = item.event
    if failures and not again:
        count(Counted.FAILED_NOTICES)
        logger.error("notice given up", extra={"event_id": event.event_id, "execution_id": event.execution_id})
    is_reported = failures and item.content is None and (item.tries == 0 or not again)
    report = _failure(event, failures, again=again, call=call) if is_reported else None
    failure = failure_of(failures, call.now, subject)
    record_notice_failed(event, tuple(failures), failure, tries=tries, again=again, line=report)


def _failure(event: TimelineEvent, failures: Mapping[Channel, str], *, again: bool, call: CallContext) -> TimelineEvent:
    reasons = failure_of(failures, call.now, "").reason
    if again:
        outcome = f"could not be sent. {reasons} It is sent again every minute, at most {MAX_TRIES} times in all."
    else:
        outcome = f"was given up after {MAX_TRIES} attempts. {reasons} It will not be sent again."
    return new_event(
        event.execution_id,
        call.now,
        EventKind.NOTIFY_FAILED,
        f"The notice {notice_kind(event) or event.kind} {outcome} The execution is not affected.",
        wave_number=event.wave_number,
        eventId=event.event_id,
    )
