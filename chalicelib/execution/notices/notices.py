"""Telling people and machines of what the timeline says: after it is committed, at least once, and in bounded time.

Nothing here may fail what it tells of: a notice that cannot be sent stays in the outbox, and the timeline says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from ...aws.actions.notices.notices import send_notice
from ...domain.access.context import CallContext
from ...domain.notices.notices import Channel, notice_kind, notice_of
from ...domain.runs.events import EventKind
from ...domain.runs.records import Execution, TimelineEvent
from ...logs import logger
from ...settings import settings
from ...store.failures import store_error_of
from ...store.reads.notices.outbox import DueNotice, find_due_notices, list_due_notices
from ...store.reads.runs.executions import find_execution
from ...store.writes.notices.outbox import record_notice_failed, record_notice_sent
from .events import new_event

MAX_TRIES = 10
"""After so many attempts, a minute apart, a notice is given up."""

MAX_AT_ONCE = 50
"""How many notices one draining looks at."""

SENDER_GRACE = timedelta(seconds=10)
"""For so long the sending of a new notice is left to whoever has committed its event."""

_IN_A_CALL, _IN_A_DRAIN = timedelta(seconds=6), timedelta(seconds=30)
_BEFORE_DEADLINE = timedelta(seconds=8)


def send_pending_notices(execution_id: str | None, call: CallContext) -> int:
    """Sends what a crash or a failing channel has left unsent, for one execution or, with None, for all of them.

    For the watchdog: one index query when there is nothing to do; at most half a minute, and 50 notices, when there is.
    Fewest attempts first, so that nothing blocks what is new. Returns how many were sent. Raises nothing of AWS.
    """
    try:
        due = [
            item
            for item in list_due_notices(execution_id, MAX_AT_ONCE)
            if item.tries or call.now - item.event.at > SENDER_GRACE
        ]
        # Read again, consistently: the index may still show what has been sent a moment ago.
        fresh = find_due_notices(item.event for item in due)
        return _send(sorted(fresh, key=lambda item: item.tries), call, within=_IN_A_DRAIN)
    except Exception:  # noqa: BLE001 — the edge: a notice never fails what it tells of
        logger.exception("pending notices not sent", extra={"execution_id": execution_id or "all"})
        return 0


def send_committed_notices(attempted: Sequence[TimelineEvent], call: CallContext) -> None:
    """Sends the notices of those of the ``attempted`` events that were committed. Raises nothing of AWS."""
    try:
        _send(find_due_notices(attempted), call, within=_IN_A_CALL)
    except Exception:  # noqa: BLE001 — the edge: a notice never fails what it tells of
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
    """Sends one notice. One that cannot even be prepared has been tried too: it holds up no other, and not for ever."""
    execution_id = item.event.execution_id
    try:
        if execution_id not in executions:
            executions[execution_id] = find_execution(execution_id)
        return _send_one(item, executions[execution_id], call)
    except Exception as error:  # the edge of one notice: whatever is wrong with it must not stop the others
        if store_error_of(error) is not None:
            raise
        logger.exception("notice not prepared", extra={"event_id": item.event.event_id, "execution_id": execution_id})
        reason = f"It cannot be prepared ({type(error).__name__})."
        _record_failure(item, dict.fromkeys(item.left, reason), call)
        return False


def _send_one(item: DueNotice, execution: Execution | None, call: CallContext) -> bool:
    notice = notice_of(item.event, execution, settings().dashboard_url) if execution else None
    if notice is None:
        # Its execution was deleted, or it is no notice any more: there is nothing left to tell.
        _record_failure(item, {}, call)
        return False
    failures = send_notice(notice, item.left, call.hub)
    if not failures:
        record_notice_sent(item.event)
        return True
    _record_failure(item, failures, call)
    return False


def _record_failure(item: DueNotice, failures: Mapping[Channel, str], call: CallContext) -> None:
    """Keeps the notice for the channels that failed; with none of them, or after its last try, it leaves the outbox."""
    tries = item.tries + 1
    again = bool(failures) and tries < MAX_TRIES
    event = item.event
    if failures and not again:
        logger.error("notice given up", extra={"event_id": event.event_id, "execution_id": event.execution_id})
    is_told = failures and (item.tries == 0 or not again)
    told = _failure(event, failures, again=again, call=call) if is_told else None
    record_notice_failed(event, tuple(failures), tries=tries, again=again, told=told)


def _failure(event: TimelineEvent, failures: Mapping[Channel, str], *, again: bool, call: CallContext) -> TimelineEvent:
    reasons = " ".join(f"{channel}: {reason}" for channel, reason in failures.items())
    if again:
        what = f"could not be sent. {reasons} It is tried again every minute, {MAX_TRIES} times at most"
    else:
        what = f"was given up after {MAX_TRIES} attempts. {reasons} It is not sent any more"
    return new_event(
        event.execution_id,
        call.now,
        EventKind.NOTIFY_FAILED,
        f"The notice {notice_kind(event) or event.kind} {what}; the execution is not affected.",
        wave_number=event.wave_number,
        eventId=event.event_id,
    )
