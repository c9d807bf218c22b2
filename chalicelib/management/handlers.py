"""Which function of the data-management side serves which operation."""

from collections.abc import Callable, Mapping
from typing import Any

OPERATION_HANDLERS: Mapping[str, Callable[..., Any]] = {}
