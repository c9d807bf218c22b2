"""Replication configuration of a server; only its point-in-time policy has consequences here."""

from __future__ import annotations

import copy
from typing import Any

from drs_emulator.operations.call import Call, Operation


def get_replication_configuration(call: Call) -> dict[str, Any]:
    """The configuration as it was set."""
    server = call.server()
    return {"sourceServerID": server.server_id, **copy.deepcopy(server.replication_configuration)}


def update_replication_configuration(call: Call) -> dict[str, Any]:
    """Changes only what is named."""
    changes = {name: value for name, value in call.arguments.items() if name != "sourceServerID"}
    call.server().replication_configuration.update(copy.deepcopy(changes))
    return get_replication_configuration(call)


OPERATIONS = {
    "GetReplicationConfiguration": Operation(handler=get_replication_configuration),
    "UpdateReplicationConfiguration": Operation(handler=update_replication_configuration),
}
