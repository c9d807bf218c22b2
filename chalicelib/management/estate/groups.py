"""Creating, changing and deleting protection groups."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ...aws.reads.estate.source_servers import describe_source_servers
from ...domain.access.context import CallContext
from ...domain.access.idempotency import Replayed, key_problems, request_key
from ...domain.errors import FieldProblem, require_no_problems
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.groups import GroupContent, ProtectionGroup, content_problems
from ...domain.estate.servers import SourceServer
from ...domain.estate.unique_claims import GROUP_NAMES
from ...ids import new_id
from ...operations.declaration import Deleted
from ...operations.estate import CreateProtectionGroup, GroupId, UpdateProtectionGroup
from ...store.reads.estate.accounts import find_account
from ...store.reads.estate.groups import find_group, get_group
from ...store.transactions import ConditionFailed
from ...store.writes.estate import groups as writes
from ...store.writes.estate.unique_claims import changing
from ..saving import Draft, Kind, create, update
from .in_use import require_group_not_planned, require_group_not_running
from .overlaps import require_no_overlap

_CREATE = "create_protection_group"

_GROUPS = Kind("protection group", "groupId", GROUP_NAMES, get_group, find_group, lambda group: group.group_id)


def create_protection_group(
    request: CreateProtectionGroup, call: CallContext
) -> ProtectionGroup | Replayed[ProtectionGroup]:
    """Creates a group, or returns the one that the same request with the same key created before.

    Raises InvalidRequest, NameTaken, InUse (a server belongs to another group), and CloudError or Unavailable when
    DRS does not say whether the servers exist.
    """
    problems = content_problems(request) + key_problems(request.idempotency_key)
    place = Place(request.account_id, request.region)
    account = _require_account(place, problems)
    now = call.now
    group = _new_group(request, new_id("pg"), call.principal.name, now)
    content = msgspec.structs.replace(request, name=group.name, idempotency_key="")
    key = request_key(_CREATE, request.idempotency_key, content, call)

    def write() -> None:
        servers = _require_servers(request, account, place)
        require_no_overlap(request, place, group.group_id, servers, now)
        writes.create_group(group, key=key)

    return create(_GROUPS, key, now, lambda: Draft(group, write))


def update_protection_group(request: UpdateProtectionGroup, call: CallContext) -> ProtectionGroup:
    """Replaces a group's content.

    Raises InvalidRequest, StaleVersion, NameTaken, InUse (an execution uses the group, or a server belongs to another
    group), and CloudError or Unavailable as a create does.
    """
    require_no_problems(content_problems(request))
    now = call.now

    def draft(before: ProtectionGroup) -> Draft[ProtectionGroup]:
        _GROUPS.require_version(before, request.version)
        abandoned = require_group_not_running(before.group_id, before.name, now)
        servers = _require_servers(request, _require_account(before.place), before.place)
        require_no_overlap(request, before.place, before.group_id, servers, now)
        after = _changed(before, request, call.principal.name, now)
        return Draft(after, lambda: writes.update_group(before, after, abandoned=abandoned))

    return update(_GROUPS, request.group_id, now, draft)


def delete_protection_group(request: GroupId, call: CallContext) -> Deleted:
    """Deletes a group. Raises RecordNotFound, and InUse with the plans or executions that use it."""
    now = call.now
    group = get_group(request.group_id)
    try:
        with changing(request.group_id, now) as change:
            group = get_group(request.group_id)
            require_group_not_planned(group.group_id, group.name, now)
            abandoned = require_group_not_running(group.group_id, group.name, now)
            writes.delete_group(group, change, abandoned=abandoned)
    except ConditionFailed as error:
        raise _GROUPS.being_changed(group.name) from error
    return Deleted(group.group_id, group.name)


def _require_account(place: Place, problems: Sequence[FieldProblem] = ()) -> TargetAccount:
    """The account of a place. Raises InvalidRequest with ``problems``, and with those of the place."""
    account = find_account(place.account_id)
    require_no_problems([*problems, *_place_problems(place, account)])
    assert account is not None  # noqa: S101 — an unknown account is one of the problems
    return account


def _place_problems(place: Place, account: TargetAccount | None) -> list[FieldProblem]:
    if account is None:
        return [FieldProblem("accountId", f"target account '{place.account_id}' is not registered; register it first")]
    if account.regions and place.region not in account.regions:
        return [
            FieldProblem(
                "region", f"must be one of the account's Regions: {', '.join(account.regions)}; it is '{place.region}'"
            )
        ]
    return [] if place.region else [FieldProblem("region", "is required")]


def _require_servers(content: GroupContent, account: TargetAccount, place: Place) -> Sequence[SourceServer]:
    """The servers chosen by id, as DRS shows them now. Raises InvalidRequest for those that do not exist there."""
    if not content.source_server_ids:
        return ()
    found = {
        server.source_server_id: server
        for server in describe_source_servers(account, place.region, server_ids=content.source_server_ids)
    }
    require_no_problems(
        [
            FieldProblem(f"sourceServerIds[{index}]", f"DRS has no source server '{server_id}' in {place}")
            for index, server_id in enumerate(content.source_server_ids)
            if server_id not in found
        ]
    )
    return [found[server_id] for server_id in content.source_server_ids]


def _new_group(request: CreateProtectionGroup, group_id: str, by: str, now: datetime) -> ProtectionGroup:
    return ProtectionGroup(
        group_id=group_id,
        name=request.name.strip(),
        description=request.description,
        account_id=request.account_id,
        region=request.region,
        source_server_ids=request.source_server_ids,
        tags=request.tags,
        impact_levels=request.impact_levels,
        version=1,
        created_at=now,
        created_by=by,
        updated_at=now,
        updated_by=by,
    )


def _changed(before: ProtectionGroup, request: UpdateProtectionGroup, by: str, now: datetime) -> ProtectionGroup:
    return ProtectionGroup(
        group_id=before.group_id,
        name=request.name.strip(),
        description=request.description,
        account_id=before.account_id,
        region=before.region,
        source_server_ids=request.source_server_ids,
        tags=request.tags,
        impact_levels=request.impact_levels,
        version=before.version + 1,
        created_at=before.created_at,
        created_by=before.created_by,
        updated_at=now,
        updated_by=by,
    )
