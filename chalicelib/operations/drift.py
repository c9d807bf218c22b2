"""Operations that compare the launch settings of servers with what DRS and EC2 hold."""

from enum import StrEnum

import msgspec

from ..domain.access.permissions import Permission
from ..domain.estate.launch_status import Difference
from ..domain.limits import Id, ServerIds
from .declaration import Nothing, Operation, Request, Side
from .estate import SyncResult


class CheckLaunchSettings(Request, frozen=True, kw_only=True):
    """``sourceServerIds`` are members of the group; empty means all of them."""

    group_id: Id
    source_server_ids: ServerIds = ()


class CheckOutcome(StrEnum):
    """What DRS and EC2 hold for a server.

    MATCHING: the wanted settings. DRIFTED: other ones, though these were applied. NOT_APPLIED: other ones, because the
    wanted settings were not applied since they were last changed. NOT_CONFIGURED: no level sets anything. FAILED: it
    could not be read. REMAINING: there was no time left for it.
    """

    MATCHING = "MATCHING"
    DRIFTED = "DRIFTED"
    NOT_APPLIED = "NOT_APPLIED"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    FAILED = "FAILED"
    REMAINING = "REMAINING"


class ServerChecked(msgspec.Struct, frozen=True, rename="camel"):
    """``differences`` are the fields that DRS or EC2 holds otherwise; ``reason`` says why a server failed."""

    source_server_id: str
    outcome: CheckOutcome
    differences: tuple[Difference, ...] = ()
    reason: str = ""


class CheckedSettings(msgspec.Struct, frozen=True, rename="camel"):
    """The servers by id, and a sentence that says what was found and what to do next."""

    group_id: str
    statement: str
    counts: dict[CheckOutcome, int]
    servers: list[ServerChecked]


OPERATIONS = (
    Operation(
        name="check_launch_settings",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MODIFY_GROUPS,
        request=CheckLaunchSettings,
        response=CheckedSettings,
        summary="Compare the launch settings of a group's servers with DRS and EC2 now; changes nothing there.",
        shown_by="get_launch_settings",
    ),
    Operation(
        name="handle_launch_settings_drift",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.RUN_SYNCS,
        request=Nothing,
        response=SyncResult,
        summary="Check servers for drift, each once a day in its turn. Runs every 15 minutes by schedule.",
    ),
)
