"""How long launches are expected to take, by what was learnt of the servers and their kinds. Writes nothing."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..domain.errors import DomainError
from ..domain.estate.servers import SourceServer
from ..domain.launches.expected_times import ExpectedTime, size_of
from ..domain.runs.planned_servers import PlannedServer
from ..logs import logger
from ..settings import settings
from ..store.failures import translated
from ..store.reads.launches.launch_times import learnt_times


def expected_by_mode(servers: Sequence[SourceServer], now: datetime) -> list[tuple[ExpectedTime, ExpectedTime | None]]:
    """The expected time of each server, and that in FAST mode if it is not launched so already.

    Costs a request for 100 servers, and none without servers.
    """
    if not servers:
        return []
    named = {(server.place, server.source_server_id) for server in servers}
    learnt = learnt_times(named, pace=settings().drs_pace, now=now)

    def of(server: SourceServer) -> tuple[ExpectedTime, ExpectedTime | None]:
        named = server.place, server.source_server_id, server.os, size_of(disk.size_bytes for disk in server.disks)
        return learnt.of(*named), learnt.in_fast_mode(*named)

    return [of(server) for server in servers]


def with_expected_times(servers: Sequence[PlannedServer], now: datetime) -> list[PlannedServer]:
    """The servers of a plan with their expected times. Costs a request for 100 servers.

    If the table does not answer they are returned as they are, because no start may fail for want of an estimate.
    """
    named = {(server.place, server.source_server_id) for server in servers}
    try:
        with translated():
            learnt = learnt_times(named, pace=settings().drs_pace, now=now)
    except DomainError as error:
        logger.warning("expected times not read", extra={"reason": error.message})
        return list(servers)

    def of(server: PlannedServer) -> PlannedServer:
        time = learnt.of(server.place, server.source_server_id, server.os, server.size)
        return msgspec.structs.replace(server, expected_seconds=time.p50_seconds, expected_p90_seconds=time.p90_seconds)

    return [of(server) for server in servers]
