"""InitializeService and the source servers themselves."""

from __future__ import annotations

from typing import Any

from drs_emulator.errors import conflict, servers_in_a_job
from drs_emulator.launch_templates import drop_launch_template
from drs_emulator.operations.call import Call, Operation
from drs_emulator.operations.pages import page
from drs_emulator.records import ReplicationState, SourceServer
from drs_emulator.source_servers import server_to_wire, set_replication


def initialize_service(call: Call) -> dict[str, Any]:
    """Idempotent: a second call changes nothing."""
    call.state.initialized = True
    return {}


def describe_source_servers(call: Call) -> dict[str, Any]:
    """In the order in which they were added; an unknown id is not an error and is left out."""
    wanted = call.filters
    ids = set(wanted.get("sourceServerIDs") or ())
    staging_accounts = set(wanted.get("stagingAccountIDs") or ())
    hardware_id = wanted.get("hardwareId")
    found = [
        (index, server)
        for index, server in enumerate(call.state.servers.values())
        if (not ids or server.server_id in ids)
        and (not staging_accounts or server.staging_account in staging_accounts)
        and (not hardware_id or hardware_id in {server.hostname, server.origin.get("awsInstanceID")})
    ]
    return page(
        call,
        found,
        rank=lambda item: item[0],
        write=lambda item: server_to_wire(call.world, call.state, item[1], call.now),
    )


def disconnect_source_server(call: Call) -> dict[str, Any]:
    """Refused while the server has a job, or a recovery instance that is not disconnected.

    Its launch template goes with it.
    """
    server = call.server()
    _refuse_if_busy(server)
    for instance in call.state.recovery_instances.values():
        if instance.server_id == server.server_id and not instance.disconnected:
            message = f"Source server {server.server_id} has recovery instance {instance.instance_id}."
            raise conflict(message, resource_id=server.server_id)
    set_replication(call.world, call.state, server, to=ReplicationState.DISCONNECTED)
    drop_launch_template(call.world, call.state, server, call.now)
    return server_to_wire(call.world, call.state, server, call.now)


def delete_source_server(call: Call) -> dict[str, Any]:
    """Only a disconnected server can be deleted; an extended one has nothing to disconnect."""
    server = call.server()
    _refuse_if_busy(server)
    if server.replication.state is not ReplicationState.DISCONNECTED and not server.extended:
        message = f"Source server {server.server_id} must be disconnected first."
        raise conflict(message, resource_id=server.server_id)
    drop_launch_template(call.world, call.state, server, call.now)
    del call.state.servers[server.server_id]
    call.state.launch_actions.pop(server.server_id, None)
    return {}


def _refuse_if_busy(server: SourceServer) -> None:
    if server.locked_by is not None:
        raise servers_in_a_job([server.server_id])


OPERATIONS = {
    "InitializeService": Operation(handler=initialize_service),
    "DescribeSourceServers": Operation(handler=describe_source_servers),
    "DisconnectSourceServer": Operation(handler=disconnect_source_server),
    "DeleteSourceServer": Operation(handler=delete_source_server),
}
