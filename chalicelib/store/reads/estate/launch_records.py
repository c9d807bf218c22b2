"""Reads what is stored of the launch settings of servers."""

from ....domain.estate.launch_status import LaunchRecord
from ...tables.launch_settings import LAUNCH_RECORDS, LaunchStatusItem


def launch_records(group_id: str) -> dict[str, LaunchRecord]:
    """The records of a group's servers by server id, read consistently. Costs one query, with about 1 MB a page.

    Servers without settings of their own that were never applied have none. Records of servers that are no longer
    members may be among them; callers go by the members.
    """
    items = LaunchStatusItem.query(group_id, consistent_read=True)
    return {item.source_server_id: LAUNCH_RECORDS.to_record(item) for item in items}
