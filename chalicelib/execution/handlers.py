"""Which function of the execution side serves which operation and task."""

from collections.abc import Callable, Mapping
from typing import Any

OPERATION_HANDLERS: Mapping[str, Callable[..., Any]] = {}
TASK_HANDLERS: Mapping[str, Callable[..., Any]] = {}
