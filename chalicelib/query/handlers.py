"""Which function of the query side serves which operation and task."""

from collections.abc import Callable, Mapping
from typing import Any

from . import executions, health, polling, user

OPERATION_HANDLERS: Mapping[str, Callable[..., Any]] = {
    "health": health.get_health,
    "get_user": user.get_user,
    "list_executions": executions.list_executions,
    "get_execution": executions.get_execution,
    "list_execution_servers": executions.list_execution_servers,
    "list_execution_events": executions.list_execution_events,
}

TASK_HANDLERS: Mapping[str, Callable[..., Any]] = {
    "poll_wave_status": polling.poll_wave_status,
}
