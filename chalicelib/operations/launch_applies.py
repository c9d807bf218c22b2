"""The operation that brings the launch settings of a group's servers to DRS and EC2."""

from enum import StrEnum

import msgspec

from ..domain.access.permissions import Permission
from ..domain.limits import Id, ServerIds
from .declaration import Operation, Request, Side


class ApplyLaunchSettings(Request, frozen=True, kw_only=True):
    """``sourceServerIds`` are members of the group; empty means all of them."""

    group_id: Id
    source_server_ids: ServerIds = ()


class ApplyOutcome(StrEnum):
    """What a call did to a server.

    UNCHANGED: DRS and EC2 held the settings already. NOT_CONFIGURED: no level sets anything. REMAINING: there was no
    time left for it.
    """

    APPLIED = "APPLIED"
    UNCHANGED = "UNCHANGED"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    FAILED = "FAILED"
    REMAINING = "REMAINING"


class ServerApplied(msgspec.Struct, frozen=True, rename="camel"):
    """``changed`` names the fields that were changed, ``reason`` says why it failed."""

    source_server_id: str
    outcome: ApplyOutcome
    changed: tuple[str, ...] = ()
    reason: str = ""


class AppliedSettings(msgspec.Struct, frozen=True, rename="camel"):
    """The servers by id, and a sentence that says what was done and what to do next."""

    group_id: str
    statement: str
    counts: dict[ApplyOutcome, int]
    servers: list[ServerApplied]


OPERATIONS = (
    Operation(
        name="apply_launch_settings",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MODIFY_GROUPS,
        request=ApplyLaunchSettings,
        response=AppliedSettings,
        summary="Apply the launch settings of a group's servers in DRS and EC2.",
        shown_by="get_launch_settings",
    ),
)
