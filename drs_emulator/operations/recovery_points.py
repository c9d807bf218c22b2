"""Recovery points, which DRS calls recovery snapshots: one server a call."""

from __future__ import annotations

from typing import Any

from drs_emulator.identifiers import parse_time
from drs_emulator.operations.call import Call, Operation
from drs_emulator.operations.pages import page
from drs_emulator.replication import list_server_points


def describe_recovery_snapshots(call: Call) -> dict[str, Any]:
    """Oldest first unless `order` is DESC; the date filters are inclusive."""
    server = call.server()
    wanted = call.filters
    earliest, latest = wanted.get("fromDateTime"), wanted.get("toDateTime")
    points = [
        point
        for point in list_server_points(call.world, call.state, server, call.now)
        if (earliest is None or point.expected_at >= parse_time(earliest))
        and (latest is None or point.expected_at <= parse_time(latest))
    ]
    descending = call.arguments.get("order") == "DESC"
    if descending:
        points.reverse()
    disks = [disk.device_name for disk in server.disks]
    return page(
        call,
        points,
        rank=lambda point: point.expected_at.timestamp(),
        write=lambda point: point.to_wire(disks),
        newest_first=descending,
    )


OPERATIONS = {"DescribeRecoverySnapshots": Operation(handler=describe_recovery_snapshots)}
