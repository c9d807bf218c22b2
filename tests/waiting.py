"""Waits in tests for a condition, however busy the machine is."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 480.0
"""Long enough for a busy machine, and less than pytest's limit for a test."""

LONGEST_PAUSE_SECONDS = 1.0


def eventually(condition: Callable[[], Any], *, every: float = 0.1) -> Any:
    """Waits for the first true answer and returns it. Raises AssertionError if there is none in time."""
    began = time.monotonic()
    while not (found := condition()):
        waited = time.monotonic() - began
        assert waited < PATIENCE_SECONDS, "the condition was never true"
        time.sleep(pause_after(waited, every))
    return found


def pause_after(waited: float, shortest: float) -> float:
    """How long to wait before the next look. The pauses get longer: looks would keep a busy machine busy."""
    return min(LONGEST_PAUSE_SECONDS, shortest * (1 + waited / 2))
