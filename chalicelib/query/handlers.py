"""Which function of the query side serves which operation and task."""

from collections.abc import Callable, Mapping
from typing import Any

from . import health, user

OPERATION_HANDLERS: Mapping[str, Callable[..., Any]] = {
    "health": health.get_health,
    "get_user": user.get_user,
}

TASK_HANDLERS: Mapping[str, Callable[..., Any]] = {}
