"""How long the launches of source servers are expected to take, for the lists and pages that show it."""

from collections.abc import Sequence
from datetime import datetime

from ..domain.estate.servers import SourceServer
from ..domain.launches.expected_times import ExpectedTime, size_of
from ..settings import settings
from ..store.reads.launches.launch_times import learnt_times


def expected_launches(servers: Sequence[SourceServer], now: datetime) -> list[ExpectedTime]:
    """The expected time of each server. Costs a request for 100 servers."""
    if not servers:
        return []
    learnt = learnt_times(
        {(server.place, server.source_server_id) for server in servers}, pace=settings().drs_pace, now=now
    )
    return [
        learnt.of(server.place, server.source_server_id, server.os, size_of(disk.size_bytes for disk in server.disks))
        for server in servers
    ]
