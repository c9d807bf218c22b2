"""Wraps execution handlers: after each call, sends the notices of the events that the call committed."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...domain.access.context import CallContext
from ...domain.runs.records import TimelineEvent
from ...store.writes.runs.timeline import attempted_events
from . import notices

Handlers = Mapping[str, Callable[..., Any]]


def with_notices(handlers: Handlers) -> Handlers:
    """The handlers by name, each of which sends the notices of its committed events, even if it fails."""
    return {name: _notify_after(handler) for name, handler in handlers.items()}


def _notify_after(handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler)
    def handle(request: Any, call: CallContext) -> Any:
        with attempted_events() as events:
            try:
                answer = handler(request, call)
            except Exception:
                _send_committed(events, call)
                raise
            _send_committed(events, call)
            return answer

    return handle


def _send_committed(events: Sequence[TimelineEvent], call: CallContext) -> None:
    if events:
        notices.send_committed_notices(events, call)
