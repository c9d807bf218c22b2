"""Corrects moto's EventBridge: a rule with a schedule and no pattern takes no events, as in AWS."""

from typing import Any

from moto.events.models import Rule

_send_to_targets = Rule.send_to_targets


def keep_events_from_schedules() -> None:
    """Without this every event on the bus would go to the targets of every scheduled rule."""
    Rule.send_to_targets = _send_to_targets_of_patterns  # type: ignore[method-assign]


def _send_to_targets_of_patterns(self: Any, *args: Any, **options: Any) -> None:
    if self.event_pattern.get_pattern():
        _send_to_targets(self, *args, **options)
