"""Creating, changing and deleting protection groups."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ...aws.reads.estate.source_servers import describe_source_servers
from ...domain.access.context import CallContext
from ...domain.access.idempotency import Replayed, RequestKey, deleted_since, key_problems, request_key
from ...domain.errors import FieldProblem, InUse, NameTaken, StaleVersion, StateConflict, require_no_problems
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.groups import GroupContent, ProtectionGroup, content_problems
from ...domain.estate.servers import SourceServer
from ...domain.estate.unique_claims import CHANGES, GROUP_NAMES, is_live_change
from ...domain.text import name_key
from ...ids import new_id
from ...operations.declaration import Deleted
from ...operations.estate import CreateProtectionGroup, GroupId, UpdateProtectionGroup
from ...store.reads.access.idempotency import find_earlier
from ...store.reads.estate.accounts import find_account
from ...store.reads.estate.groups import find_group, find_groups, get_group
from ...store.reads.estate.unique_names import find_holder
from ...store.transactions import ConditionFailed
from ...store.writes.estate import groups as writes
from ...store.writes.estate.unique_names import changing
from .in_use import require_group_not_planned, require_group_not_running
from .overlaps import require_no_overlap

_CREATE = "create_protection_group"
_TRIES = 3


def create_protection_group(
    request: CreateProtectionGroup, call: CallContext
) -> ProtectionGroup | Replayed[ProtectionGroup]:
    """Creates a group; the same request with the same idempotency key returns the group that it made before.

    Raises InvalidRequest, NameTaken, InUse (a server has a group already), and CloudError or Unavailable when DRS
    cannot be asked whether the servers exist.
    """
    problems = content_problems(request) + key_problems(request.idempotency_key)
    place = Place(request.account_id, request.region)
    account = find_account(request.account_id)
    require_no_problems(problems + _place_problems(place, account))
    assert account is not None  # noqa: S101 — an unknown account is one of the problems
    now = call.now
    group = _new_group(request, new_id("pg"), call.principal.name, now)
    content = msgspec.structs.replace(request, name=group.name, idempotency_key="")
    key = request_key(_CREATE, request.idempotency_key, content, call)
    for _ in range(_TRIES):
        earlier = _made_earlier(key, now)
        if earlier is not None:
            return earlier
        try:
            servers = _require_servers(request, account, place)
            require_no_overlap(request, place, group.group_id, servers, now)
            writes.create_group(group, key=key)
        except (ConditionFailed, InUse) as refused:
            # The same request may have won meanwhile: then its group is the answer, and what it holds is no obstacle.
            if _made_earlier(key, now):
                continue
            if isinstance(refused, InUse):
                raise
            _require_free_name(group)
        else:
            return group
    raise _being_changed(group.name)


def update_protection_group(request: UpdateProtectionGroup, call: CallContext) -> ProtectionGroup:
    """Replaces a group's content.

    Raises InvalidRequest, StaleVersion, NameTaken, InUse (an execution works with it, or a server has
    another group), and CloudError or Unavailable as a create does.
    """
    require_no_problems(content_problems(request))
    now = call.now
    for _ in range(_TRIES):
        before = get_group(request.group_id)
        _require_current(before, request.version)
        abandoned = require_group_not_running(before.group_id, before.name, now)
        account = find_account(before.account_id)
        require_no_problems(_place_problems(before.place, account))
        assert account is not None  # noqa: S101 — an unknown account is one of the problems
        servers = _require_servers(request, account, before.place)
        require_no_overlap(request, before.place, before.group_id, servers, now)
        after = _changed(before, request, call.principal.name, now)
        try:
            writes.update_group(before, after, abandoned=abandoned)
        except ConditionFailed:
            _require_free_name(after)
            _require_unchanging(before, now)
        else:
            return after
    raise _being_changed(request.name)


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
        raise _being_changed(group.name) from error
    return Deleted(group.group_id, group.name)


def _place_problems(place: Place, account: TargetAccount | None) -> list[FieldProblem]:
    if account is None:
        return [FieldProblem("accountId", f"there is no target account '{place.account_id}'; register it first")]
    if account.regions and place.region not in account.regions:
        return [
            FieldProblem(
                "region", f"the account works with these Regions: {', '.join(account.regions)}; it is '{place.region}'"
            )
        ]
    return [] if place.region else [FieldProblem("region", "name a Region")]


def _require_servers(content: GroupContent, account: TargetAccount, place: Place) -> Sequence[SourceServer]:
    """The servers chosen by id, as DRS shows them now. Raises InvalidRequest with those that it does not know."""
    if not content.source_server_ids:
        return ()
    found = {
        server.source_server_id: server
        for server in describe_source_servers(account, place.region, server_ids=content.source_server_ids)
    }
    require_no_problems(
        [
            FieldProblem(f"sourceServerIds[{index}]", f"DRS knows no source server '{server_id}' in {place}")
            for index, server_id in enumerate(content.source_server_ids)
            if server_id not in found
        ]
    )
    return [found[server_id] for server_id in content.source_server_ids]


def _made_earlier(key: RequestKey | None, now: datetime) -> Replayed[ProtectionGroup] | None:
    group_id = find_earlier(key, now)
    if group_id is None:
        return None
    found = find_group(group_id)
    if found is None:
        raise deleted_since(group_id)
    return Replayed(found)


def _require_free_name(group: ProtectionGroup) -> None:
    holder = find_holder(GROUP_NAMES, name_key(group.name))
    if holder and holder != group.group_id:
        other = find_groups([holder]).get(holder)
        known = f"'{other.name}' ({holder})" if other else holder
        message = f"The name '{group.name}' is taken by the protection group {known}. Choose another."
        raise NameTaken(message, groupId=holder)


def _require_current(group: ProtectionGroup, version: int) -> None:
    if group.version != version:
        message = f"The group '{group.name}' is at version {group.version}; you changed version {version}."
        raise StaleVersion(f"{message} Read it again and repeat your change.", currentVersion=group.version)


def _require_unchanging(group: ProtectionGroup, now: datetime) -> None:
    if is_live_change(find_holder(CHANGES, group.group_id), now):
        raise _being_changed(group.name)


def _being_changed(name: str) -> StateConflict:
    return StateConflict(f"The group '{name}' is being changed by somebody else at this very moment. Try again.")


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
