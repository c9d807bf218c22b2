"""Reads what is stored of the launch settings of servers."""

from collections.abc import Iterable

from ....domain.estate.launch_status import LaunchRecord
from ....side_by_side import map_bounded, try_each
from ...tables.launch_settings import LAUNCH_RECORDS, LaunchStatusItem


def launch_records(group_id: str) -> dict[str, LaunchRecord]:
    """The records of a group's servers by server id, read consistently. Costs one query, with about 1 MB a page.

    Servers without settings of their own that were never applied have none. Records of servers that are no longer
    members may be among them; callers go by the members.
    """
    items = LaunchStatusItem.query(group_id, consistent_read=True)
    return {item.source_server_id: LAUNCH_RECORDS.to_record(item) for item in items}


def launch_records_of(group_ids: Iterable[str]) -> dict[str, dict[str, LaunchRecord]]:
    """The records of several groups by group id. Costs a query for each group, 16 at a time."""
    wanted = list(group_ids)
    found: dict[str, dict[str, LaunchRecord]] = {}
    for group_id, records in zip(wanted, try_each(launch_records, wanted, limit=16), strict=True):
        if isinstance(records, Exception):
            raise records
        found[group_id] = records
    return found


def records_of_slots(slots: Iterable[int]) -> list[LaunchRecord]:
    """The records of the servers that have a check in these slots of the day. Costs a query for each slot.

    They come from an index, which lags behind.
    """

    def of_slot(slot: int) -> list[LaunchRecord]:
        return [LAUNCH_RECORDS.to_record(item) for item in LaunchStatusItem.by_check_slot.query(slot)]

    return [record for records in map_bounded(of_slot, slots) for record in records]
