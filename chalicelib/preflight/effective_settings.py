"""The launch settings that the three levels come to for each server of a group. Writes nothing."""

from collections.abc import Iterable, Mapping

from ..domain.estate.groups import ProtectionGroup
from ..domain.estate.launch_settings import LAUNCH_DEFAULTS, LaunchSettings, effective_settings
from ..domain.estate.launch_status import LaunchRecord
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
