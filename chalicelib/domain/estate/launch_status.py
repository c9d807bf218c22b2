"""How far the launch settings of a server have reached AWS: what was applied, what failed and what has drifted."""

from datetime import datetime
from enum import StrEnum

import msgspec

from .launch_settings import LaunchSettings, settings_hash


class LaunchStatus(StrEnum):
    """NOT_CONFIGURED: no level sets anything, so AWS keeps what it has. PENDING: not applied since the last change."""

    NOT_CONFIGURED = "NOT_CONFIGURED"
    PENDING = "PENDING"
    APPLIED = "APPLIED"
    DRIFTED = "DRIFTED"
    FAILED = "FAILED"


HELD = frozenset({LaunchStatus.APPLIED, LaunchStatus.DRIFTED})
"""The statuses of servers whose effective settings were applied, so that any difference in AWS is drift."""


class Difference(msgspec.Struct, frozen=True, rename="camel"):
    """One field that DRS or EC2 does not hold as it is wanted; ``found`` is empty where they hold nothing."""

    field: str
    wanted: str
    found: str

    def __str__(self) -> str:
        return f"{self.field} is {self.found or 'not set'} and should be {self.wanted}"


class LaunchRecord(msgspec.Struct, frozen=True):
    """What is stored of one server of a group: its own level of settings, and what became of the effective ones.

    ``version`` counts the changes of ``settings``; 0 was never set. ``updated_by_subject`` is the verified person who
    made the last one. ``applied_hash`` is the hash of the settings that
    were applied last, and ``failed_hash`` that of the settings that could not be applied, because of ``error``.
    ``drift`` is what the last look at DRS and EC2 found different from the applied settings. ``checked_at`` is the time
    of the last look that was recorded; the daily rounds record only what is new. ``check_error`` is why the last check
    failed. ``check_slot`` is the slot of the day in which the server is checked; None before its first apply.
    """

    group_id: str
    source_server_id: str
    settings: LaunchSettings = LaunchSettings()
    version: int = 0
    updated_at: datetime | None = None
    updated_by: str = ""
    updated_by_subject: str = ""
    applied_hash: str = ""
    applied_at: datetime | None = None
    failed_hash: str = ""
    error: str = ""
    drift: tuple[Difference, ...] = ()
    checked_at: datetime | None = None
    check_error: str = ""
    check_slot: int | None = None


def status_of(effective: LaunchSettings, record: LaunchRecord | None) -> LaunchStatus:
    """The status of a server. It follows from its effective settings, so a change of any level needs no write here."""
    if not effective.given():
        return LaunchStatus.NOT_CONFIGURED
    wanted = settings_hash(effective)
    if record is None:
        return LaunchStatus.PENDING
    if record.failed_hash == wanted:
        return LaunchStatus.FAILED
    if record.applied_hash != wanted:
        return LaunchStatus.PENDING
    return LaunchStatus.DRIFTED if record.drift else LaunchStatus.APPLIED


def reason_of(status: LaunchStatus, record: LaunchRecord | None) -> str:
    """Why a server has its status, and what to do; empty where nothing is to be done."""
    if status is LaunchStatus.PENDING:
        return "The settings were changed and not applied since. Apply the launch settings of the group."
    if record is not None and status is LaunchStatus.FAILED:
        return record.error
    if record is not None and status is LaunchStatus.DRIFTED:
        return f"{'; '.join(map(str, record.drift))}. Apply the launch settings of the group to restore them."
    return ""
