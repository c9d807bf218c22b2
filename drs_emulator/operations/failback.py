"""Failback: reversing replication, launching at the origin, stopping, and its configuration."""

from __future__ import annotations

from typing import Any

from drs_emulator import failback
from drs_emulator.failback_jobs import start_failback_job
from drs_emulator.operations.call import Call, Operation
from drs_emulator.operations.jobs import job_to_wire


def reverse_replication(call: Call) -> dict[str, Any]:
    """Only for instances that originated in EC2; the answer names the server at the origin."""
    server = failback.start_reversed_replication(call.world, call.state, call.recovery_instance(), now=call.now)
    return {"reversedDirectionSourceServerArn": server.arn}


def start_failback_launch(call: Call) -> dict[str, Any]:
    """A job of 1 to 200 instances whose failback client is ready; the tags become the job's."""
    arguments = call.arguments
    tags = arguments.get("tags") or {}
    job = start_failback_job(call.world, call.state, arguments["recoveryInstanceIDs"], tags=tags, now=call.now)
    return {"job": job_to_wire(job)}


def stop_failback(call: Call) -> dict[str, Any]:
    """Idempotent, and without effect on a launch that runs: the model declares no ConflictException."""
    failback.stop_failback(call.world, call.state, call.recovery_instance())
    return {}


def get_failback_replication_configuration(call: Call) -> dict[str, Any]:
    """What was set, over the defaults."""
    instance = call.recovery_instance()
    defaults = {
        "name": instance.instance_id,
        "bandwidthThrottling": 0,
        "usePrivateIP": False,
        "internetProtocol": "IPV4",
    }
    return {"recoveryInstanceID": instance.instance_id, **defaults, **instance.failback_configuration}


def update_failback_replication_configuration(call: Call) -> dict[str, Any]:
    """Changes only what is named; the operation answers nothing."""
    changes = {name: value for name, value in call.arguments.items() if name != "recoveryInstanceID"}
    call.recovery_instance().failback_configuration.update(changes)
    return {}


OPERATIONS = {
    "ReverseReplication": Operation(handler=reverse_replication),
    "StartFailbackLaunch": Operation(handler=start_failback_launch),
    "StopFailback": Operation(handler=stop_failback),
    "GetFailbackReplicationConfiguration": Operation(handler=get_failback_replication_configuration),
    "UpdateFailbackReplicationConfiguration": Operation(handler=update_failback_replication_configuration),
}
