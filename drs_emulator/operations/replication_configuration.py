"""Replication configuration of a server: its policy decides which points exist; another encryption copies all again."""

from __future__ import annotations

import copy
from typing import Any

from drs_emulator.errors import servers_in_a_job, validation_failed
from drs_emulator.first_sync import begin_first_sync
from drs_emulator.operations.call import Call, Operation
from drs_emulator.records import NOT_REPLICATING
from drs_emulator.replication_rules import changes_encryption, find_problems

_READ_ONLY = "optimizedStagingDiskType"


def get_replication_configuration(call: Call) -> dict[str, Any]:
    """The configuration as it was set."""
    server = call.server()
    name = f"Data Replication Configuration for Source Server {server.server_id}"
    return {"sourceServerID": server.server_id, "name": name, **copy.deepcopy(server.replication_configuration)}


def refuse_unknown_network(call: Call) -> None:
    """Asks EC2 for the subnet and the security groups that are to be used; runs without the lock."""
    with call.world.lock:
        current = call.server().replication_configuration
        subnet_id = call.arguments.get("stagingAreaSubnetId")
        wanted = subnet_id if subnet_id != current["stagingAreaSubnetId"] else None
    group_ids = call.arguments.get("replicationServersSecurityGroupsIDs") or []
    state = call.state
    unknown = call.world.ec2.find_unknown_network(state.account, state.region, subnet_id=wanted, group_ids=group_ids)
    if unknown:
        raise validation_failed(unknown)


def update_replication_configuration(call: Call) -> dict[str, Any]:
    """Changes only what is named, all of it or nothing; another encryption starts the replication anew."""
    server = call.server()
    if server.locked_by is not None:
        raise servers_in_a_job([server.server_id])
    changes = _changes(call.arguments)
    problems = find_problems(server.replication_configuration, changes, server.disks)
    if problems:
        raise validation_failed(problems)
    starts_anew = changes_encryption(server.replication_configuration, changes)
    server.replication_configuration.update(changes)
    if starts_anew and server.replication.state not in NOT_REPLICATING and not server.extended:
        begin_first_sync(call.world, call.state, server, call.now)
    return get_replication_configuration(call)


def _changes(arguments: dict[str, Any]) -> dict[str, Any]:
    """A copy of what is to be changed, without what only DRS writes."""
    changes = {name: copy.deepcopy(value) for name, value in arguments.items() if name != "sourceServerID"}
    for disk in changes.get("replicatedDisks", ()):
        disk.pop(_READ_ONLY, None)
    return changes


OPERATIONS = {
    "GetReplicationConfiguration": Operation(handler=get_replication_configuration),
    "UpdateReplicationConfiguration": Operation(
        handler=update_replication_configuration, prepare=refuse_unknown_network
    ),
}
