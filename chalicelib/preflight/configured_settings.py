"""The launch settings that are wanted for the servers of a plan, and whether they were applied. Writes nothing."""

from collections.abc import Sequence

from ..domain.estate.launch_changes import ConfiguredSettings
from ..domain.estate.launch_settings import LaunchSettings
from ..domain.estate.launch_status import LaunchRecord, LaunchStatus, status_of
from ..domain.runs.planned_servers import PlannedServer
from ..side_by_side import map_bounded
from ..store.reads.estate.groups import find_groups
from ..store.reads.estate.launch_records import launch_records
from .effective_settings import effective_of_servers, read_launch_defaults


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
            server_id: ConfiguredSettings(wanted, applied=_is_applied(wanted, records.get(server_id)))
            for server_id, wanted in effective.items()
            if wanted.given()
        }

    found = map_bounded(of_group, [group_id for group_id in by_group if group_id in groups])
    return {server_id: settings for each in found for server_id, settings in each.items()}


def _is_applied(wanted: LaunchSettings, record: LaunchRecord | None) -> bool:
    return status_of(wanted, record) in {LaunchStatus.APPLIED, LaunchStatus.DRIFTED}
