"""Follows an execution through the API: one look after another until it has ended, with what is new on the timeline."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.domain.executions import Execution, ServerRun, TimelineEvent, WaveRun
from chalicelib.domain.views import EventPage, ExecutionDetail
from local.demo.rest import RestClient

_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Look:
    """An execution at one moment. `news` are the events since the look before, oldest first."""

    at: datetime
    detail: ExecutionDetail
    news: tuple[TimelineEvent, ...]

    @property
    def execution(self) -> Execution:
        return self.detail.execution

    @property
    def waves(self) -> list[WaveRun]:
        return self.detail.waves

    @property
    def has_ended(self) -> bool:
        return self.execution.status.is_final


def watch(client: RestClient, execution_id: str, *, every_seconds: float) -> Iterator[Look]:
    """Looks, the last of which shows the end. Raises ApiProblem."""
    seen: set[str] = set()
    while True:
        detail = client.get(f"/executions/{execution_id}", ExecutionDetail)
        news = _news(client, execution_id, seen)
        seen |= {event.event_id for event in news}
        look = Look(at=datetime.now(tz=UTC), detail=detail, news=news)
        yield look
        if look.has_ended:
            return
        time.sleep(every_seconds)


def list_servers(client: RestClient, execution_id: str) -> list[ServerRun]:
    """All servers of an execution, page by page."""
    return list(client.list_all(f"/executions/{execution_id}/servers", ServerRun))


def _news(client: RestClient, execution_id: str, seen: set[str]) -> tuple[TimelineEvent, ...]:
    """Events not seen before: newest first page by page, until one is known."""
    found: list[TimelineEvent] = []
    told = {"newestFirst": "true", "limit": _PAGE}
    cursor: str | None = ""
    while cursor is not None:
        page = client.get(
            f"/executions/{execution_id}/events", EventPage, **told, **({"cursor": cursor} if cursor else {})
        )
        fresh = [event for event in page.items if event.event_id not in seen]
        found += fresh
        cursor = page.next_cursor if len(fresh) == len(page.items) else None
    return tuple(reversed(found))
