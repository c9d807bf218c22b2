"""When the launch settings of a server are compared with AWS, and what a comparison changes in its record.

A day has 96 slots of 15 minutes. Each server has one of them by its id, so every server has its turn once a day and no
write is needed to remember that it had one.
"""

import zlib
from datetime import datetime, timedelta

import msgspec

from ..errors import cut
from .launch_changes import differences
from .launch_settings import DRS_FIELDS, LaunchSettings
from .launch_status import Difference, LaunchRecord

SLOT = timedelta(minutes=15)
SLOTS = timedelta(days=1) // SLOT

_RETRY_AFTER = timedelta(hours=1) // SLOT
_MOST_REASON_CHARACTERS = 500


class HeldSettings(msgspec.Struct, frozen=True):
    """What DRS and EC2 hold for a server. ``has_template`` is false when its launch template does not exist."""

    settings: LaunchSettings
    template_id: str
    has_template: bool


def slot_of(server_id: str) -> int:
    """The server's own slot of the day."""
    return zlib.crc32(server_id.encode()) % SLOTS


def due_slots(last_run: datetime | None, now: datetime) -> list[int]:
    """The slots that have begun since the last run that ended, so that a run which died or was left out is caught up.

    At most each slot once. The first run takes the present slot, because the others have their turn within a day.
    """
    current = _count(now)
    first = current if last_run is None else max(_count(last_run), current - SLOTS) + 1
    return [number % SLOTS for number in range(first, current + 1)]


def drift_of(wanted: LaunchSettings, held: HeldSettings) -> tuple[Difference, ...]:
    """What DRS and EC2 do not hold as it is wanted. A template that does not exist is one difference."""
    if held.has_template:
        return differences(wanted, held.settings)
    in_drs = LaunchSettings(**{name: value for name, value in wanted.given().items() if name in DRS_FIELDS})
    missing = Difference("launchTemplate", held.template_id or "the one that DRS makes", "")
    return (*differences(in_drs, held.settings), missing)


def after_look(record: LaunchRecord, drift: tuple[Difference, ...], at: datetime) -> LaunchRecord:
    """The record of a server that could be looked at."""
    own = slot_of(record.source_server_id)
    return msgspec.structs.replace(record, drift=drift, checked_at=at, check_error="", check_slot=own)


def after_failure(record: LaunchRecord, reason: str, at: datetime) -> LaunchRecord:
    """The record of a server that could not be looked at: what is known of it stays.

    It has another turn after an hour. If that fails too, it has its daily turns only, so that a server or an account
    that fails for days costs no more than others.
    """
    own = slot_of(record.source_server_id)
    slot = own if record.check_error else (_count(at) + _RETRY_AFTER) % SLOTS
    return msgspec.structs.replace(record, check_error=cut(reason, _MOST_REASON_CHARACTERS), check_slot=slot)


def says_the_same(new: LaunchRecord, old: LaunchRecord) -> bool:
    """Whether a check found nothing new, so that nothing is to be written."""
    return (new.drift, new.check_error, new.check_slot) == (old.drift, old.check_error, old.check_slot)


def _count(at: datetime) -> int:
    """The number of the slot since 1970."""
    return int(at.timestamp() // SLOT.total_seconds())
