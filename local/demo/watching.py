"""Reads an execution through the API again and again, each time with its new timeline events."""

from dataclasses import dataclass
from datetime import UTC, datetime

from chalicelib.domain.pages import Page
from chalicelib.domain.runs.records import Execution, ServerRun, TimelineEvent, WaveRun
from chalicelib.operations.runs import ExecutionDetail
from local.demo.rest import RestClient

_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Look:
    """An execution at one moment. `news` are the events since the previous look, oldest first."""

    at: datetime
    detail: ExecutionDetail
    news: tuple[TimelineEvent, ...]

    @property
    def execution(self) -> Execution:
        return self.detail.execution

    @property
    def waves(self) -> list[WaveRun]:
        return list(self.detail.waves)

    @property
    def has_ended(self) -> bool:
        return self.execution.status.is_final


class Watch:
    """Follows one execution; `events` are all events seen so far, oldest first."""

    def __init__(self, client: RestClient, execution_id: str) -> None:
        self.execution_id = execution_id
        self.events: list[TimelineEvent] = []
        self._client = client

    def look(self) -> Look:
        """Reads the execution now. Raises ApiProblem."""
        detail = self._read()
        news = self._news()
        self.events += news
        return Look(at=datetime.now(tz=UTC), detail=detail, news=news)

    def glance(self) -> Look:
        """Reads the execution now, and leaves its new events to the next look. Raises ApiProblem."""
        return Look(at=datetime.now(tz=UTC), detail=self._read(), news=())

    def _read(self) -> ExecutionDetail:
        return self._client.get(f"/executions/{self.execution_id}", ExecutionDetail)

    def _news(self) -> tuple[TimelineEvent, ...]:
        """Events not seen before; reads pages, newest event first, until an event is known."""
        seen = {event.event_id for event in self.events}
        found: list[TimelineEvent] = []
        query = {"newestFirst": "true", "limit": _PAGE}
        cursor: str | None = ""
        while cursor is not None:
            page = self._client.get(
                f"/executions/{self.execution_id}/events",
                Page[TimelineEvent],
                **query,
                **({"cursor": cursor} if cursor else {}),
            )
            fresh = [event for event in page.items if event.event_id not in seen]
            found += fresh
            cursor = page.next_cursor if len(fresh) == len(page.items) else None
        return tuple(reversed(found))


def list_servers(client: RestClient, execution_id: str) -> list[ServerRun]:
    """All servers of an execution, page by page."""
    return list(client.list_all(f"/executions/{execution_id}/servers", ServerRun))
