"""Launch settings of groups and their servers, as they are stored; AWS is not asked."""

from collections import Counter

from ..domain.access.context import CallContext
from ..domain.estate.groups import ProtectionGroup, matches_tags
from ..domain.estate.launch_settings import LAUNCH_DEFAULTS, LaunchSettings
from ..domain.estate.launch_status import HELD, status_of
from ..operations.declaration import Nothing
from ..operations.launch_settings import GroupLaunchSettings, LaunchDefaults, ListLaunchSettings, ServerLaunchSettings
from ..preflight.effective_settings import effective_of_servers, read_launch_defaults
from ..store.paging import decode_cursor, encode_cursor
from ..store.reads.estate.groups import get_group
from ..store.reads.estate.inventory import find_servers, servers_of_place
from ..store.reads.estate.launch_records import launch_records
from ..store.reads.estate.settings import read_setting

_KEY = {"group_id": "S", "source_server_id": "S"}


def get_launch_defaults(_: Nothing, __: CallContext) -> LaunchDefaults:
    """The global level."""
    return LaunchDefaults.of(read_setting(LAUNCH_DEFAULTS, LaunchSettings()))


def get_launch_settings(request: ListLaunchSettings, _: CallContext) -> GroupLaunchSettings:
    """One page of a group's servers by id, with the counts of all of them. Raises RecordNotFound."""
    group = get_group(request.group_id)
    after = decode_cursor(request.cursor, _KEY, group.group_id)
    defaults = read_launch_defaults()
    members = _members(group)
    records = launch_records(group.group_id)
    effective = effective_of_servers(group, defaults, members, records)
    statuses = {server_id: status_of(effective[server_id], records.get(server_id)) for server_id in members}
    failed = [each for each, status in statuses.items() if status in HELD and records[each].check_error]
    following = [each for each in members if not after or each > after["source_server_id"]["S"]]
    page = following[: request.limit]
    servers = find_servers(group.place, page)
    items = [ServerLaunchSettings.of(each, servers.get(each), records.get(each), effective[each]) for each in page]
    last = {"group_id": {"S": group.group_id}, "source_server_id": {"S": page[-1]}} if page else {}
    cursor = encode_cursor(last) if len(following) > len(page) else None
    return GroupLaunchSettings(
        defaults, group.launch_defaults, dict(Counter(statuses.values())), len(failed), items, cursor
    )


def _members(group: ProtectionGroup) -> list[str]:
    if not group.selects_by_tags:
        return sorted(group.source_server_ids)
    servers = servers_of_place(group.place)
    return sorted(server.source_server_id for server in servers if matches_tags(server.tags, group.tags))
