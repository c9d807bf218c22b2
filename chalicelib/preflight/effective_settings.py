"""The launch settings that the three levels come to for each server, and whether they were applied. Writes nothing."""

from collections.abc import Iterable, Mapping, Sequence

from ..domain.estate.groups import ProtectionGroup
from ..domain.estate.launch_changes import ConfiguredSettings
from ..domain.estate.launch_settings import LAUNCH_DEFAULTS, LaunchSettings, effective_settings
from ..domain.estate.launch_status import HELD, LaunchRecord, status_of
from ..domain.runs.planned_servers import PlannedServer
from ..side_by_side import map_bounded
from ..store.reads.estate.groups import find_groups
from ..store.reads.estate.launch_records import launch_records
from ..store.reads.estate.settings import read_setting


def read_launch_defaults() -> LaunchSettings:
    """The global level, read consistently."""
    return read_setting(LAUNCH_DEFAULTS, LaunchSettings()).value


def effective_of_servers(
    group: ProtectionGroup, defaults: LaunchSettings, server_ids: Iterable[str], records: Mapping[str, LaunchRecord]
) -> dict[str, LaunchSettings]:
    """The effective settings of these servers of a group, by id. Servers without settings of their own share one value.

    ``defaults`` is the global level, and ``records`` what is stored of the servers.
    """
    inherited = (defaults, group.launch_defaults)
    shared = effective_settings(inherited)

    def of(record: LaunchRecord | None) -> LaunchSettings:
        own = record.settings if record else None
        return effective_settings((*inherited, own)) if own and own.given() else shared

    return {server_id: of(records.get(server_id)) for server_id in server_ids}


def configured_settings(servers: Sequence[PlannedServer]) -> dict[str, ConfiguredSettings]:
    """The effective settings of a plan's servers for which any level sets something, by server id.

    Costs a request for 100 groups, and a query for each group.
    """
    defaults = read_launch_defaults()
    by_group: dict[str, list[str]] = {}
    for server in servers:
        by_group.setdefault(server.group_id, []).append(server.source_server_id)
    groups = find_groups(by_group)

    def of_group(group_id: str) -> dict[str, ConfiguredSettings]:
        records = launch_records(group_id)
        effective = effective_of_servers(groups[group_id], defaults, by_group[group_id], records)
        return {
            server_id: ConfiguredSettings(wanted, applied=status_of(wanted, records.get(server_id)) in HELD)
            for server_id, wanted in effective.items()
            if wanted.given()
        }

    found = map_bounded(of_group, [group_id for group_id in by_group if group_id in groups])
    return {server_id: settings for each in found for server_id, settings in each.items()}
