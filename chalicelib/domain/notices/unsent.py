"""Notices that were not sent: which, why, and when they are sent again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ..runs.records import TimelineEvent
from .notices import Channel, Notice, NoticeFailure, NoticeKind, notice_kind

MOST_SHOWN = 20
"""How many notices are shown: that many that are sent again, and that many that were given up."""

SHOWN_FOR = timedelta(days=30)
"""How long an execution's notices that were given up are shown, from its start."""

BETWEEN_TRIES = timedelta(minutes=1)
"""How often the watchdog sends again what failed."""


class UnsentState(StrEnum):
    """RETRYING: it is sent again every minute. GIVEN_UP: it is not sent any more."""

    RETRYING = "RETRYING"
    GIVEN_UP = "GIVEN_UP"


class UnsentNotice(msgspec.Struct, frozen=True, rename="camel"):
    """A notice that did not reach ``channels``. ``subject`` is its headline, ``reason`` why it was not sent.

    ``execution_id`` and ``plan_id`` are empty where the notice is not about one. ``next_try_at`` is about when it is
    sent again; null if it is not.
    """

    event_id: str
    execution_id: str
    plan_id: str
    wave_number: int | None
    event: NoticeKind | None
    at: datetime
    subject: str
    state: UnsentState
    channels: tuple[Channel, ...]
    tries: int
    tried_at: datetime | None
    next_try_at: datetime | None
    reason: str
    action: str


class UnsentNotices(msgspec.Struct, frozen=True, rename="camel"):
    """Notices that were given up and those that are sent again, at most 20 of each. ``more``: there are others."""

    items: list[UnsentNotice]
    more: bool


def unsent_notice(
    event: TimelineEvent,
    content: Notice | None,
    channels: Sequence[Channel],
    tries: int,
    failure: NoticeFailure | None,
    *,
    state: UnsentState,
) -> UnsentNotice:
    """A notice as it is shown to people, with what they can do about it. One without an execution has a ``content``."""
    tried_at = failure.at if failure else None
    is_retried = state is UnsentState.RETRYING
    return UnsentNotice(
        event_id=event.event_id,
        execution_id=content.execution_id if content else event.execution_id,
        plan_id=content.plan_id if content else "",
        wave_number=event.wave_number,
        event=content.event if content else notice_kind(event),
        at=event.at,
        subject=(failure.subject if failure else "") or event.message,
        state=state,
        channels=tuple(channels),
        tries=tries,
        tried_at=tried_at,
        next_try_at=tried_at + BETWEEN_TRIES if is_retried and tried_at else None,
        reason=failure.reason if failure else "",
        action=_RETRIED if is_retried else _GIVEN_UP,
    )


_RETRIED = "Repair what the reason names. Until then, tell the people concerned yourself."
_GIVEN_UP = "Tell the people concerned yourself, and repair what the reason names: this notice is not sent again."
