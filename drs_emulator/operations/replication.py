"""Starting, stopping and retrying data replication."""

from __future__ import annotations

from typing import Any

from drs_emulator.admission import admit_replication
from drs_emulator.errors import conflict, invalid, servers_in_a_job
from drs_emulator.first_sync import begin_first_sync
from drs_emulator.operations.call import Call, Operation
from drs_emulator.records import NOT_REPLICATING, ReplicationState
from drs_emulator.source_servers import server_to_wire, set_replication

_RETRIABLE = {ReplicationState.STALLED, *NOT_REPLICATING}


def start_replication(call: Call) -> dict[str, Any]:
    """Replication of a stopped server starts anew: INITIATING, and no points until its first synchronisation ends."""
    server = call.server()
    if server.replication.state is not ReplicationState.STOPPED:
        raise conflict(f"Replication of {server.server_id} is not stopped.", resource_id=server.server_id)
    admit_replication(call.world, call.state)
    begin_first_sync(call.world, call.state, server, call.now)
    return {"sourceServer": server_to_wire(call.world, call.state, server, call.now)}


def stop_replication(call: Call) -> dict[str, Any]:
    """The server becomes unprotected: its recovery points are deleted."""
    server = call.server()
    if server.locked_by is not None:
        raise servers_in_a_job([server.server_id])
    if server.replication.state in NOT_REPLICATING:
        raise conflict(f"{server.server_id} does not replicate.", resource_id=server.server_id)
    set_replication(call.world, call.state, server, to=ReplicationState.STOPPED)
    return {"sourceServer": server_to_wire(call.world, call.state, server, call.now)}


def retry_data_replication(call: Call) -> dict[str, Any]:
    """Works only for a stalled server, which continues, and a stopped or disconnected one, which starts anew."""
    server = call.server()
    if server.replication.state not in _RETRIABLE:
        raise invalid(f"Replication of {server.server_id} is neither stalled nor stopped.")
    if server.replication.state in NOT_REPLICATING:
        admit_replication(call.world, call.state)
        begin_first_sync(call.world, call.state, server, call.now)
    else:
        set_replication(call.world, call.state, server, to=ReplicationState.CONTINUOUS)
    return server_to_wire(call.world, call.state, server, call.now)


OPERATIONS = {
    "StartReplication": Operation(handler=start_replication),
    "StopReplication": Operation(handler=stop_replication),
    "RetryDataReplication": Operation(handler=retry_data_replication),
}
