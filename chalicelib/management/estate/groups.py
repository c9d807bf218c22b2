"""Creating, changing and deleting protection groups."""

import functools
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ...aws.reads.estate.source_servers import describe_source_servers
from ...domain.access.context import CallContext
from ...domain.access.idempotency import Replayed, key_problems, request_key
from ...domain.access.permissions import Principal
from ...domain.errors import FieldProblem, InUse, RecordNotFound, require_no_problems
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.estate.group_standing import GroupStanding, count_ready
from ...domain.estate.groups import (
    GroupContent,
    Overlap,
    ProtectionGroup,
    content_problems,
    joining,
    leaving,
    matches_tags,
    overlaps,
)
from ...domain.estate.registers import PlaceRegister, register_problems
from ...domain.estate.servers import SourceServer, judge_readiness, overall
from ...domain.text import count_of, first_of, plain_name
from ...ids import new_id
from ...operations.declaration import Deleted
from ...operations.estate import (
    CreateProtectionGroup,
    DeleteProtectionGroup,
    UpdatedProtectionGroup,
    UpdateProtectionGroup,
)
from ...store.reads.estate.accounts import find_account
from ...store.reads.estate.groups import find_group, find_groups, find_holder_of_group_name, get_group
from ...store.reads.estate.inventory import servers_of_place
from ...store.reads.estate.launch_records import launch_records
from ...store.reads.estate.registers import read_register
from ...store.transactions import ConditionFailed
from ...store.writes.estate import groups as writes
from ...store.writes.estate.launch_records import remove_launch_records
from ..saving import Draft, Kind, create, delete, update
from .holdings import show_saved_group
from .in_use import require_group_not_planned, require_group_not_running
from .launch_checks import problems_of_group

_NAMED = 5
"""The most groups that a message names; the details of the error have all of them."""

_CREATE = "create_protection_group"

_GROUPS = Kind(
    "protection group",
    "groupId",
    find_holder_of_group_name,
    get_group,
    find_group,
    lambda group: group.group_id,
    ", or another group of its account and Region,",
)


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
    group = _new_group(request, new_id("pg"), call.principal, now)
    content = msgspec.structs.replace(request, name=group.name, idempotency_key="")
    key = request_key(_CREATE, request.idempotency_key, content, call)

    @functools.cache
    def servers() -> Sequence[SourceServer]:
        return _require_servers(request, account, place)

    @functools.cache
    def check_settings() -> None:
        if group.launch_defaults.given():
            require_no_problems(problems_of_group(account, group))

    @functools.cache
    def members() -> _Members:
        return _members(request, servers(), place, now)

    def write() -> None:
        check_settings()
        register = _place_with(group, members())
        writes.create_group(group, members().standing, register, key=key)
        show_saved_group(None, group, register)

    return create(_GROUPS, key, now, lambda: Draft(group, write))


def update_protection_group(request: UpdateProtectionGroup, call: CallContext) -> UpdatedProtectionGroup:
    """Replaces a group's content. Servers that leave it lose their own launch settings, and the answer names them.

    Raises InvalidRequest, StaleVersion, NameTaken, InUse (an execution uses the group, or a server belongs to another
    group), and CloudError or Unavailable as a create does.
    """
    require_no_problems(content_problems(request))
    now = call.now

    @functools.cache
    def servers(place: Place) -> Sequence[SourceServer]:
        return _require_servers(request, _require_account(place), place)

    @functools.cache
    def members(place: Place) -> _Members:
        return _members(request, servers(place), place, now)

    left: tuple[str, ...] = ()

    def draft(before: ProtectionGroup) -> Draft[ProtectionGroup]:
        _GROUPS.require_version(before, request.version)
        abandoned = require_group_not_running(before.group_id, before.name, now)
        after = _changed(before, request, call.principal, now)
        if after.launch_defaults != before.launch_defaults:
            require_no_problems(problems_of_group(_require_account(before.place), after))

        def write() -> None:
            nonlocal left
            found = members(before.place)
            register = _place_with(after, found)
            # An earlier call may have died before it removed the settings of a server that joins again now.
            remove_launch_records(before.group_id, _recorded(before.group_id, joining(before, after)))
            writes.update_group(before, after, found.standing, register, abandoned=abandoned)
            show_saved_group(before, after, register)
            left = _recorded(before.group_id, leaving(before, after))

        return Draft(after, write)

    saved = update(_GROUPS, request.group_id, draft)
    remove_launch_records(saved.group_id, left)
    return UpdatedProtectionGroup(**msgspec.structs.asdict(saved), launch_settings_removed=left or msgspec.UNSET)


def _recorded(group_id: str, server_ids: Sequence[str]) -> tuple[str, ...]:
    """Those of the servers of which something is stored. Costs one query, none without servers."""
    return tuple(sorted(set(launch_records(group_id)) & set(server_ids))) if server_ids else ()


def delete_protection_group(request: DeleteProtectionGroup, call: CallContext) -> Deleted:
    """Deletes a group, and what is stored of its servers; a repeated delete removes what an earlier one left.

    Raises RecordNotFound, StaleVersion, and InUse with the plans or executions that use it.
    """

    def write(group: ProtectionGroup) -> None:
        register = read_register(group.place)
        require_group_not_planned(group, register)
        following = register.without_group(group.group_id)
        abandoned = require_group_not_running(group.group_id, group.name, call.now)
        writes.delete_group(group, following, abandoned=abandoned)
        show_saved_group(group, None, following)

    try:
        deleted = delete(_GROUPS, request.group_id, request.version, write)
    except RecordNotFound:
        remove_launch_records(request.group_id, launch_records(request.group_id))
        raise
    remove_launch_records(request.group_id, launch_records(request.group_id))
    return deleted


def _require_account(place: Place, problems: Sequence[FieldProblem] = ()) -> TargetAccount:
    """The account of a place. Raises InvalidRequest with ``problems``, and with those of the place."""
    account = find_account(place.account_id)
    require_no_problems([*problems, *place_problems(place, account)])
    assert account is not None  # noqa: S101 — an unknown account is one of the problems
    return account


def place_problems(place: Place, account: TargetAccount | None) -> list[FieldProblem]:
    """Why a new group cannot be in a place."""
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


class _Members(msgspec.Struct, frozen=True):
    """The servers that a group would hold, and how they stand. They are looked up once a call."""

    servers: Sequence[SourceServer]
    standing: GroupStanding


def _members(content: GroupContent, explicit: Sequence[SourceServer], place: Place, now: datetime) -> _Members:
    """``explicit`` are the servers chosen by id, as DRS shows them; those chosen by tags come from the inventory."""
    chosen, as_of = explicit, now
    if content.tags:
        chosen = [server for server in servers_of_place(place) if matches_tags(server.tags, content.tags)]
        as_of = min((server.seen_at for server in chosen), default=now)
    ready = count_ready((overall(judge_readiness(server)) for server in chosen), as_of)
    return _Members(chosen, GroupStanding(ready))


def _place_with(group: ProtectionGroup, members: _Members) -> PlaceRegister:
    """The next register of the group's place, for the transaction that saves the group.

    Nothing is read but the register, so that little time passes between this and the transaction. Only groups that
    the register does not describe are read too. Raises InUse when another group holds a server, and ConditionFailed
    when another call is changing such a group.
    """
    register = read_register(group.place)
    others = [each for each in register.selecting() if each.group_id != group.group_id]
    _require_no_overlap(overlaps(members.servers, [*others, *_undescribed(register, group.group_id)]))
    following = register.with_group(group)
    require_no_problems(register_problems("region", [following]))
    return following


def _undescribed(register: PlaceRegister, group_id: str) -> Iterable[ProtectionGroup]:
    versions = {each: version for each, version in register.incomplete().items() if each != group_id}
    found = find_groups(versions)
    if versions != {each: group.version for each, group in found.items()}:
        raise ConditionFailed(versions)
    return found.values()


def _require_no_overlap(found: Sequence[Overlap]) -> None:
    if found:
        taken = "; ".join(
            f"{first_of(overlap.labels, 'server')} in the group '{overlap.group_name}'" for overlap in found[:_NAMED]
        )
        if len(found) > _NAMED:
            taken += f"; and servers in {count_of(len(found) - _NAMED, 'other group')}"
        raise InUse(
            f"A server can belong to one protection group only. Already in another group: {taken}. "
            "Remove these servers from that group, or leave them out of this one.",
            overlaps=[
                {
                    "groupId": overlap.group_id,
                    "groupName": overlap.group_name,
                    "sourceServerIds": list(overlap.server_ids),
                }
                for overlap in found
            ],
        )


def _new_group(request: CreateProtectionGroup, group_id: str, by: Principal, now: datetime) -> ProtectionGroup:
    return ProtectionGroup(
        group_id=group_id,
        name=plain_name(request.name),
        description=request.description,
        account_id=request.account_id,
        region=request.region,
        source_server_ids=request.source_server_ids,
        tags=request.tags,
        impact_levels=request.impact_levels,
        launch_defaults=request.launch_defaults,
        version=1,
        created_at=now,
        created_by=by.name,
        created_by_subject=by.person,
        updated_at=now,
        updated_by=by.name,
        updated_by_subject=by.person,
    )


def _changed(before: ProtectionGroup, request: UpdateProtectionGroup, by: Principal, now: datetime) -> ProtectionGroup:
    return ProtectionGroup(
        group_id=before.group_id,
        name=plain_name(request.name),
        description=request.description,
        account_id=before.account_id,
        region=before.region,
        source_server_ids=request.source_server_ids,
        tags=request.tags,
        impact_levels=request.impact_levels,
        launch_defaults=request.launch_defaults,
        version=before.version + 1,
        created_at=before.created_at,
        created_by=before.created_by,
        created_by_subject=before.created_by_subject,
        updated_at=now,
        updated_by=by.name,
        updated_by_subject=by.person,
    )
