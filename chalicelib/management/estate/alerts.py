"""Alerts about what a sync sees for the first time: a failing place, or stalled replication.

An alert is sent before the state is recorded, so that a crash in between sends it twice and not never. An alert that
cannot be sent does not fail the sync: it is kept in the outbox, and the watchdog sends it again.
"""

from collections.abc import Iterable, Mapping

from ...aws.actions.notices.notices import send_notice
from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place
from ...domain.estate.servers import SourceServer
from ...domain.notices.notices import Channel, Notice, NoticeKind, estate_notice, failure_of
from ...domain.text import count_of
from ...ids import new_entry_id
from ...logs import Counted, logger
from ...logs import count as count_metric
from ...settings import settings
from ...store.failures import translated
from ...store.reads.estate.syncs import failures_of_last_sync
from ...store.writes.notices.outbox import keep_unsent_notice

STALLED_STATES = frozenset({"STALLED", "DISCONNECTED"})
_SHOWN = 10


def alert_failing_places(kind: str, failing: str, failures: Mapping[str, str], call: CallContext) -> None:
    """Alerts about places that fail now and did not fail in the last sync of this kind that ended.

    ``failing`` begins the message: "The inventory of source servers could not be read".
    """
    if not failures:
        return
    known = _failing_before(kind)
    new = {place: reason for place, reason in failures.items() if place not in known}
    if new:
        places = ", ".join(sorted(new)[:_SHOWN])
        reasons = " ".join(f"{place}: {reason}" for place, reason in sorted(new.items())[:_SHOWN])
        message = f"{failing} in {count_of(len(new), 'place')}. {reasons}"
        _send(NoticeKind.SYNC_FAILING, message, place=places, count=len(new), call=call)


def _failing_before(kind: str) -> Mapping[str, str]:
    """The failures of the last sync that ended.

    Empty when the tables do not answer, because an alert is better sent twice than never.
    """
    try:
        with translated():
            return failures_of_last_sync(kind)
    except DomainError as error:
        logger.warning("last sync not read", extra={"kind": kind, "reason": error.message})
        return {}


def alert_stalled_servers(
    place: Place, known: Mapping[str, SourceServer], seen: Iterable[SourceServer], call: CallContext
) -> None:
    """Alerts about servers that were replicating when the last sync saw them and have stalled since."""
    stalled = [
        server
        for server in seen
        if server.replication_state in STALLED_STATES
        and server.source_server_id in known
        and known[server.source_server_id].replication_state not in STALLED_STATES | {"STOPPED"}
    ]
    count_metric(Counted.STALLED_SERVERS, len(stalled))
    if stalled:
        names = ", ".join(server.hostname for server in stalled[:_SHOWN])
        more = f" and {len(stalled) - _SHOWN} more" if len(stalled) > _SHOWN else ""
        message = (
            f"Replication of {count_of(len(stalled), 'server')} in {place} has stalled: {names}{more}. "
            "Check the replication agents and the network to the staging area; "
            "until replication resumes, a recovery uses older data."
        )
        _send(NoticeKind.REPLICATION_STALLED, message, place=str(place), count=len(stalled), call=call)


def _send(kind: NoticeKind, message: str, *, place: str, count: int, call: CallContext) -> None:
    notice: Notice = estate_notice(
        kind, new_entry_id(), call.now, message, place=place, count=count, dashboard_url=settings().dashboard_url
    )
    failures = send_notice(notice, tuple(Channel), call.hub)
    if failures:
        _keep(notice, failures, call)


def _keep(notice: Notice, failures: Mapping[Channel, str], call: CallContext) -> None:
    try:
        with translated():
            failure = failure_of(failures, call.now, notice.subject)
            keep_unsent_notice(notice, tuple(failures), failure, since=notice.at)
    except DomainError as error:
        count_metric(Counted.FAILED_NOTICES)
        logger.error("notice not kept", extra={"event_id": notice.event_id, "reason": error.message})
