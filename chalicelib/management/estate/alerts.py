"""Telling what a sync has seen for the first time: a place that no longer answers, replication that has stalled.

Told before it is recorded: a crash in between tells it twice, never not at all. Failing to tell fails no sync.
"""

from collections.abc import Iterable, Mapping

from ...domain.access.context import CallContext
from ...domain.errors import DomainError
from ...domain.estate.accounts import Place
from ...domain.estate.servers import SourceServer
from ...domain.notices.notices import Channel, Notice, NoticeKind, estate_notice
from ...ids import new_entry_id
from ...logs import logger
from ...settings import settings
from ...store.failures import translated
from ...store.reads.estate.syncs import failures_of_last_sync

STALLED_STATES = frozenset({"STALLED", "DISCONNECTED"})
_SHOWN = 10


def tell_failing_places(kind: str, failures: Mapping[str, str], call: CallContext) -> None:
    """Tells of places that fail now and did not in the last sync that ended."""
    known = _failing_before(kind)
    new = {place: reason for place, reason in failures.items() if place not in known}
    if new:
        places = ", ".join(sorted(new)[:_SHOWN])
        reasons = " ".join(f"{place}: {reason}" for place, reason in sorted(new.items())[:_SHOWN])
        message = f"The inventory of source servers could not be read in {len(new)} place(s). {reasons}"
        _send(NoticeKind.SYNC_FAILING, message, place=places, count=len(new), call=call)


def _failing_before(kind: str) -> Mapping[str, str]:
    """The failures of the last sync that ended; none when the tables do not answer: better sent twice than never."""
    try:
        with translated():
            return failures_of_last_sync(kind)
    except DomainError as error:
        logger.warning("last sync not read", extra={"kind": kind, "reason": error.message})
        return {}


def tell_stalled_servers(
    place: Place, known: Mapping[str, SourceServer], seen: Iterable[SourceServer], call: CallContext
) -> None:
    """Tells of servers that replicated when last seen, and do not any more."""
    stalled = [
        server
        for server in seen
        if server.replication_state in STALLED_STATES
        and server.source_server_id in known
        and known[server.source_server_id].replication_state not in STALLED_STATES | {"STOPPED"}
    ]
    if stalled:
        names = ", ".join(server.hostname for server in stalled[:_SHOWN])
        more = f" and {len(stalled) - _SHOWN} more" if len(stalled) > _SHOWN else ""
        message = f"Replication of {len(stalled)} server(s) in {place} has stalled: {names}{more}."
        _send(NoticeKind.REPLICATION_STALLED, message, place=str(place), count=len(stalled), call=call)


def _send(kind: NoticeKind, message: str, *, place: str, count: int, call: CallContext) -> None:
    # Only a sync with something to tell pays for the clients.
    from ...aws.actions.notices.notices import send_notice  # noqa: PLC0415

    notice: Notice = estate_notice(
        kind, new_entry_id(), call.now, message, place=place, count=count, dashboard_url=settings().dashboard_url
    )
    send_notice(notice, tuple(Channel), call.hub)
