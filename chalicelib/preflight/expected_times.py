"""How long the launches of a plan's servers are expected to take, by what was learnt of them. Writes nothing."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..domain.errors import DomainError
from ..domain.runs.planned_servers import PlannedServer
from ..logs import logger
from ..settings import settings
from ..store.failures import translated
from ..store.reads.launches.launch_times import learnt_times


def with_expected_times(servers: Sequence[PlannedServer], now: datetime) -> list[PlannedServer]:
    """The servers with their expected times. Costs a request for 100 servers.

    If the table does not answer they are returned as they are, because no start may fail for want of an estimate.
    """
    try:
        with translated():
            learnt = learnt_times(
                ((server.place, server.source_server_id) for server in servers), pace=settings().drs_pace, now=now
            )
    except DomainError as error:
        logger.warning("expected times not read", extra={"reason": error.message})
        return list(servers)

    def expected(server: PlannedServer) -> PlannedServer:
        time = learnt.of(server.place, server.source_server_id, server.os, server.size)
        return msgspec.structs.replace(server, expected_seconds=time.p50_seconds)

    return [expected(server) for server in servers]
