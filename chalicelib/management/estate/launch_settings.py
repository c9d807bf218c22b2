"""Changing launch settings: the global level, and the level of one server. Nothing here changes DRS or EC2."""

from collections.abc import Callable, Collection

import msgspec

from ...domain.access.context import CallContext
from ...domain.errors import FieldProblem, require_no_problems
from ...domain.estate.groups import ProtectionGroup, matches_tags
from ...domain.estate.launch_settings import LAUNCH_DEFAULTS, LaunchSettings, defaults_problems
from ...domain.estate.launch_status import LaunchRecord
from ...domain.estate.servers import SourceServer
from ...domain.estate.settings import Setting
from ...operations.launch_settings import (
    LaunchDefaults,
    ServerLaunchSettings,
    UpdateLaunchDefaults,
    UpdateServerLaunchSettings,
)
from ...preflight.effective_settings import effective_of_servers, read_launch_defaults
from ...store.reads.estate.accounts import get_account
from ...store.reads.estate.groups import get_group
from ...store.reads.estate.inventory import find_servers
from ...store.reads.estate.launch_records import launch_records
from ...store.reads.estate.registers import read_register
from ...store.reads.estate.settings import read_setting
from ...store.transactions import ConditionFailed
from ...store.writes.estate.launch_records import save_server_settings
from ...store.writes.estate.settings import save_setting
from ..saving import Draft, Kind, update
from .in_use import require_group_not_running
from .launch_checks import problems_of_server


class _Level(msgspec.Struct, frozen=True):
    """One level as the frame of updates needs it: ``name`` is what messages call it."""

    name: str
    version: int
    saved: LaunchRecord | Setting[LaunchSettings]


def update_launch_defaults(request: UpdateLaunchDefaults, call: CallContext) -> LaunchDefaults:
    """Replaces the global level. Raises InvalidRequest, StaleVersion and StateConflict."""
    require_no_problems(_under("settings", defaults_problems(request.settings)))
    kind = _kind(lambda _: _defaults_level())
    after = Setting(request.settings, request.version + 1, call.now, call.principal.name, call.principal.person)

    def draft(before: _Level) -> Draft[_Level]:
        kind.require_version(before, request.version)
        return Draft(_Level(before.name, after.version, after), lambda: save_setting(LAUNCH_DEFAULTS, after))

    update(kind, LAUNCH_DEFAULTS, draft)
    return LaunchDefaults.of(after)


def update_server_launch_settings(request: UpdateServerLaunchSettings, call: CallContext) -> ServerLaunchSettings:
    """Replaces the level of one server of a group.

    Raises InvalidRequest, StaleVersion, RecordNotFound, InUse (an execution uses the group) and StateConflict.
    """
    server: SourceServer | None = None
    effective = LaunchSettings()

    def level(server_id: str) -> _Level:
        record = launch_records(request.group_id).get(server_id) or LaunchRecord(request.group_id, server_id)
        return _Level(f"of server {server_id}", record.version, record)

    kind = _kind(level)

    def draft(before: _Level) -> Draft[_Level]:
        nonlocal server, effective
        # The group is read after the register: whoever changes it also changes the register.
        group = get_group(request.group_id)
        register = read_register(group.place)
        if group.group_id not in register.groups or register.groups[group.group_id].version != group.version:
            return Draft(before, _changed_meanwhile)
        server = find_servers(group.place, [request.server_id]).get(request.server_id)
        require_no_problems(_membership_problems(group, request.server_id, server))
        kind.require_version(before, request.version)
        abandoned = require_group_not_running(group.group_id, group.name, call.now)
        assert isinstance(before.saved, LaunchRecord)  # noqa: S101 — this kind of level is stored in records
        after = msgspec.structs.replace(
            before.saved,
            settings=request.settings,
            version=before.version + 1,
            updated_at=call.now,
            updated_by=call.principal.name,
            updated_by_subject=call.principal.person,
        )
        others = [group_id for group_id in register.groups if group_id != group.group_id]
        effective = _require_valid(group, after, server, others)

        def write() -> None:
            following = register.with_group(group)
            save_server_settings(after, following, abandoned=abandoned)

        return Draft(_Level(before.name, after.version, after), write)

    saved = update(kind, request.server_id, draft).saved
    assert isinstance(saved, LaunchRecord)  # noqa: S101 — as above
    return ServerLaunchSettings.of(request.server_id, server, saved, effective)


def _require_valid(
    group: ProtectionGroup, after: LaunchRecord, server: SourceServer | None, others: Collection[str]
) -> LaunchSettings:
    """The effective settings of a server with a new level. Raises InvalidRequest, CloudError and Unavailable."""
    require_no_problems(problems_of_server(get_account(group.account_id), group, after, server, others))
    records = {after.source_server_id: after}
    return effective_of_servers(group, read_launch_defaults(), records, records)[after.source_server_id]


def _membership_problems(group: ProtectionGroup, server_id: str, server: SourceServer | None) -> list[FieldProblem]:
    if group.selects_by_tags:
        is_member = server is not None and matches_tags(server.tags, group.tags)
    else:
        is_member = server_id in group.source_server_ids
    if is_member:
        return []
    problem = f"'{server_id}' is not a server of the group '{group.name}'"
    if group.selects_by_tags:
        problem += ", as far as the last sync of the inventory has seen; sync it if the server has its tags now"
    return [FieldProblem("serverId", problem)]


def _kind(get: Callable[[str], _Level]) -> Kind[_Level]:
    return Kind(
        noun="level of launch settings",
        id_field="name",
        find_holder=lambda _: None,
        get=get,
        find=get,
        id_of=lambda level: level.name,
        others=", or a group of its account and Region,",
    )


def _defaults_level() -> _Level:
    setting = read_setting(LAUNCH_DEFAULTS, LaunchSettings())
    return _Level(LAUNCH_DEFAULTS, setting.version, setting)


def _changed_meanwhile() -> None:
    raise ConditionFailed({"place"})


def _under(path: str, problems: list[FieldProblem]) -> list[FieldProblem]:
    return [FieldProblem(f"{path}.{problem.field}", problem.message) for problem in problems]
