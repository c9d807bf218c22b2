"""Every handler of the execution side, followed by the notices of what it has committed."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...domain.access.context import CallContext
from ...domain.runs.records import TimelineEvent
from ...store.writes.runs.timeline import attempted_events
from . import notices

Handlers = Mapping[str, Callable[..., Any]]


def with_notices(handlers: Handlers) -> Handlers:
    """The same handlers, each followed by the notices of the events that it has committed, also when it fails."""
    return {name: _telling(handler) for name, handler in handlers.items()}


def _telling(handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler)
    def told(request: Any, call: CallContext) -> Any:
        with attempted_events() as events:
            try:
                answer = handler(request, call)
            except Exception:
                _send_committed(events, call)
                raise
            _send_committed(events, call)
            return answer

    return told


def _send_committed(events: Sequence[TimelineEvent], call: CallContext) -> None:
    if events:
        notices.send_committed_notices(events, call)
