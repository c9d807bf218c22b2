"""What follows every call of the execution side, whichever function serves it: waves are counted, notices are sent."""

from collections.abc import Callable, Mapping
from typing import Any

from .notices.notify_after import with_notices
from .waves.counting import with_counts


def followed_up(handlers: Mapping[str, Callable[..., Any]]) -> Mapping[str, Callable[..., Any]]:
    return with_notices(with_counts(handlers))
