"""Operations on the estate: protection groups, source servers and their syncs."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from ..domain.access.permissions import Permission
from ..domain.estate.group_standing import ServersReady, UsingPlan
from ..domain.estate.groups import GroupContent, Impact, ProtectionGroup
from ..domain.estate.launch_status import LaunchStatus
from ..domain.estate.servers import Finding, Readiness, SourceServer
from ..domain.limits import Id, OptionalId, ServerIds, Short, Tags, Version
from ..domain.pages import Page
from .declaration import Deleted, Nothing, Operation, PageRequest, Request, Side


class ListGroups(PageRequest, frozen=True, kw_only=True):
    """``q`` is the beginning of the name. With ``region``, a page may have fewer groups than ``limit``."""

    account_id: OptionalId = ""
    region: OptionalId = ""
    q: Short = ""


class ListedGroup(ProtectionGroup, frozen=True, rename="camel", kw_only=True):
    """A group with what the sync of the inventory keeps of it; what is null has not been found out yet.

    ``launchSettings`` are its servers by the status of their launch settings. ``plans`` are the plans that use it.
    ``runningExecutionId`` is the execution that holds the group now.
    """

    servers: ServersReady | None
    launch_settings: dict[LaunchStatus, int] | None
    plans: tuple[UsingPlan, ...] | None
    running_execution_id: str


class GetGroup(PageRequest, frozen=True, kw_only=True):
    group_id: Id


class DeleteProtectionGroup(Request, frozen=True, kw_only=True):
    """``version`` is the version that was seen; 0 deletes whichever there is."""

    group_id: Id
    version: Version = 0


class ResolveGroup(PageRequest, frozen=True, kw_only=True):
    """A selection to resolve before it is saved. ``groupId`` is the group that is being changed, if there is one."""

    group_id: OptionalId = ""
    account_id: Id
    region: Id
    source_server_ids: ServerIds = ()
    tags: Tags = {}


class CreateProtectionGroup(GroupContent, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    account_id: Id
    region: Id
    idempotency_key: str = ""


class UpdateProtectionGroup(GroupContent, frozen=True, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The complete new content. ``version`` is the version that the change is based on."""

    group_id: Id
    version: Version


class UpdatedProtectionGroup(ProtectionGroup, frozen=True, rename="camel", kw_only=True):
    """The group after the change. ``launchSettingsRemoved`` are servers that left it and lost their own settings."""

    launch_settings_removed: tuple[str, ...] | UnsetType = UNSET


class OtherGroup(msgspec.Struct, frozen=True, rename="camel"):
    """Another group that holds a server."""

    group_id: str
    name: str


class GroupServer(msgspec.Struct, frozen=True, rename="camel"):
    """A member of a group. ``server`` is its entry in the inventory, null when there is none."""

    source_server_id: str
    impact: Impact
    server: SourceServer | None
    readiness: Readiness
    findings: tuple[Finding, ...]
    other_groups: tuple[OtherGroup, ...]


class SharedServers(msgspec.Struct, frozen=True, rename="camel"):
    """How many servers of a selection another group holds too."""

    group_id: str
    name: str
    server_count: int


class ResolvedSelection(msgspec.Struct, frozen=True, rename="camel"):
    """One page of servers by id. The counts and ``sharedWith`` are about all servers, not about the page.

    ``inventorySeenAt`` is the oldest ``seenAt`` of all servers: how fresh this answer is. A group is not saved while
    ``sharedWith`` names another one.
    """

    server_count: int
    ready_count: int
    degraded_count: int
    blocked_count: int
    shared_with: list[SharedServers]
    inventory_seen_at: datetime | None
    servers: list[GroupServer]
    next_cursor: str | None


class GroupDetail(ResolvedSelection, frozen=True, rename="camel", kw_only=True):
    """A group, with one page of its servers."""

    group: ProtectionGroup


class SyncResult(msgspec.Struct, frozen=True, rename="camel"):
    """One run of a sync, with failures by ``account/region``. A run with failures in some places is PARTIAL.

    A scheduled run that did nothing is SKIPPED; ``reason`` says why.
    RUNNING: a state machine does the work, and records the end. ``accountId`` is set if only one account was synced.
    """

    kind: str
    outcome: str
    started_at: datetime
    ended_at: datetime
    seen: int
    written: int
    removed: int
    failures: dict[str, str] = {}
    reason: str = ""
    account_id: str = ""


_GROUP: dict[str, Any] = {
    "name": "Shop web servers",
    "description": "The storefront's web tier",
    "accountId": "222233334444",
    "region": "us-east-1",
    "tags": {"Application": "storefront", "Tier": "web"},
}
_CONTENT = {name: value for name, value in _GROUP.items() if name not in {"accountId", "region"}}
_SELECTION = {name: value for name, value in _GROUP.items() if name not in {"name", "description"}}

OPERATIONS = (
    Operation(
        name="list_protection_groups",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ListGroups,
        response=Page[ListedGroup],
        summary="Protection groups by name, with their servers by readiness, launch settings, plans and executions.",
    ),
    Operation(
        name="get_protection_group",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=GetGroup,
        response=GroupDetail,
        summary="A protection group, with a page of its servers as the inventory shows them.",
    ),
    Operation(
        name="resolve_protection_group",
        side=Side.QUERY,
        permission=Permission.VIEW,
        request=ResolveGroup,
        response=ResolvedSelection,
        summary="The servers that a selection matches before it is saved, and the groups that hold them.",
        example=_SELECTION,
    ),
    Operation(
        name="create_protection_group",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.CREATE_GROUPS,
        request=CreateProtectionGroup,
        response=ProtectionGroup,
        summary="Create a protection group.",
        status=201,
        shown_by="list_protection_groups",
        location="get_protection_group",
        example=_GROUP,
    ),
    Operation(
        name="update_protection_group",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.MODIFY_GROUPS,
        request=UpdateProtectionGroup,
        response=UpdatedProtectionGroup,
        summary="Replace the content of a protection group.",
        shown_by="get_protection_group",
        example={**_CONTENT, "version": 1},
    ),
    Operation(
        name="delete_protection_group",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.DELETE_GROUPS,
        request=DeleteProtectionGroup,
        response=Deleted,
        summary="Delete a protection group that no plan uses.",
        shown_by="get_protection_group",
    ),
    Operation(
        name="handle_sync_source_server_inventory",
        side=Side.DATA_MANAGEMENT,
        permission=Permission.RUN_SYNCS,
        request=Nothing,
        response=SyncResult,
        summary="Update the inventory of source servers. Runs every 5 minutes by schedule.",
    ),
)
