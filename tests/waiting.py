"""Waits in tests for a condition, however busy the machine is."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 480.0
"""Long enough for a busy machine, and less than pytest's limit for a test."""


def eventually(condition: Callable[[], Any], *, every: float = 0.1) -> Any:
    """Waits for the first true answer and returns it. Raises AssertionError if there is none in time."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < until, "the condition was never true"
        time.sleep(every)
    return found
