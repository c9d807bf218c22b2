"""Recovery instances: describing, terminating, disconnecting and deleting them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from drs_emulator.agents import await_agent
from drs_emulator.errors import conflict
from drs_emulator.failback import failback_to_wire, find_replicating_home, lose_instance
from drs_emulator.identifiers import format_time
from drs_emulator.operations.call import Call, Operation
from drs_emulator.operations.jobs import job_to_wire
from drs_emulator.operations.pages import page
from drs_emulator.records import RecoveryInstance, RegionState
from drs_emulator.terminate_jobs import start_terminate_job
from drs_emulator.world import World

_FLEETING = {"SHUTTING-DOWN"}  # DRS's own view while a TERMINATE job runs


def refresh_states(call: Call) -> None:
    """Asks EC2 how the instances that the call shows are, each at most every few seconds; runs without the lock."""
    world, state = call.world, call.state
    pause = timedelta(seconds=world.settings.instance_refresh_seconds)
    with world.lock:
        asked = [
            known
            for known in _chosen(call)
            if known.ec2_state not in _FLEETING
            and (known.state_asked_at is None or call.now - known.state_asked_at >= pause)
        ]
        for known in asked:
            known.state_asked_at = call.now
    observed = world.ec2.observe_states(state.account, state.region, [known.instance_id for known in asked]) or {}
    with world.lock:
        for instance_id, seen in observed.items():
            instance = state.recovery_instances.get(instance_id)
            if instance is not None and instance.ec2_state not in _FLEETING:
                instance.ec2_state = seen
                await_agent(world, state, instance, call.now)


def describe_recovery_instances(call: Call) -> dict[str, Any]:
    """In the order in which they were launched; unknown ids are left out."""
    return page(
        call,
        sorted(_chosen(call), key=lambda instance: instance.order),
        rank=lambda instance: instance.order,
        write=lambda instance: instance_to_wire(call.world, call.state, instance, call.now),
    )


def _chosen(call: Call) -> list[RecoveryInstance]:
    """The instances that the call's filters leave."""
    wanted = call.filters
    instance_ids = set(wanted.get("recoveryInstanceIDs") or ())
    server_ids = set(wanted.get("sourceServerIDs") or ())
    return [
        instance
        for instance in call.state.recovery_instances.values()
        if (not instance_ids or instance.instance_id in instance_ids)
        and (not server_ids or instance.server_id in server_ids)
    ]


def terminate_recovery_instances(call: Call) -> dict[str, Any]:
    """A TERMINATE job; the instances leave DRS when it ends. Refused while one replicates to its origin."""
    instance_ids = call.arguments["recoveryInstanceIDs"]
    for instance_id in instance_ids:
        instance = call.state.recovery_instances.get(instance_id)
        if instance is not None:
            _refuse_replicating_home(call, instance, "terminated")
    job = start_terminate_job(call.world, call.state, instance_ids, now=call.now, caller=call.caller)
    return {"job": job_to_wire(job)}


def disconnect_recovery_instance(call: Call) -> dict[str, Any]:
    """Takes the agent off the instance, which keeps running. Refused while it replicates to its origin."""
    instance = call.recovery_instance()
    _refuse_replicating_home(call, instance, "disconnected")
    if instance.disconnected:
        message = f"Recovery instance {instance.instance_id} is already disconnected."
        raise conflict(message, resource_type="RecoveryInstance", resource_id=instance.instance_id)
    lose_instance(call.world, instance)
    instance.disconnected = True
    return {}


def delete_recovery_instance(call: Call) -> dict[str, Any]:
    """Takes an instance that is disconnected, or replicates elsewhere, out of DRS.

    The EC2 instance stays until its server is launched again.
    """
    instance = call.recovery_instance()
    if not instance.disconnected and find_replicating_home(call.world, instance) is None:
        message = f"Recovery instance {instance.instance_id} must be disconnected first."
        raise conflict(message, resource_type="RecoveryInstance", resource_id=instance.instance_id)
    del call.state.recovery_instances[instance.instance_id]
    call.state.deleted_instances[instance.instance_id] = instance.server_id
    server = call.state.servers.get(instance.server_id)
    if server is not None and server.recovery_instance_id == instance.instance_id:
        server.recovery_instance_id = None
    return {}


def instance_to_wire(world: World, state: RegionState, instance: RecoveryInstance, now: datetime) -> dict[str, Any]:
    """The RecoveryInstance structure."""
    shown: dict[str, Any] = {
        "ec2InstanceID": instance.instance_id,
        "ec2InstanceState": instance.ec2_state,
        "jobID": instance.job_id,
        "recoveryInstanceID": instance.instance_id,
        "sourceServerID": instance.server_id,
        "arn": instance.arn,
        "tags": dict(instance.tags),
        **failback_to_wire(world, state, instance, now),
        "isDrill": instance.is_drill,
        "originEnvironment": "ON_PREMISES",
        "agentVersion": "3.8.0",
    }
    if instance.data_at is not None:
        shown["pointInTimeSnapshotDateTime"] = format_time(instance.data_at)
    server = state.servers.get(instance.server_id)
    if server is not None:
        if "originRegion" in server.origin:
            shown["originEnvironment"] = "AWS"
        shown["recoveryInstanceProperties"] = {
            "lastUpdatedDateTime": format_time(instance.launched_at),
            "identificationHints": {"hostname": server.hostname, "awsInstanceID": instance.instance_id},
            "disks": [{"internalDeviceName": disk.device_name, "bytes": disk.size_bytes} for disk in server.disks],
            "cpus": [{"cores": server.cpu_cores}],
            "ramBytes": server.ram_bytes,
            "os": {"fullString": server.os_name},
        }
    return shown


def _refuse_replicating_home(call: Call, instance: RecoveryInstance, done: str) -> None:
    found = find_replicating_home(call.world, instance)
    if found is not None:
        message = (
            f"Recovery instance {instance.instance_id} cannot be {done} during failback: it replicates to "
            f"{found[1].server_id} in {found[0].region}."
        )
        raise conflict(message, resource_type="RecoveryInstance", resource_id=instance.instance_id)


OPERATIONS = {
    "DescribeRecoveryInstances": Operation(handler=describe_recovery_instances, prepare=refresh_states),
    "TerminateRecoveryInstances": Operation(handler=terminate_recovery_instances),
    "DisconnectRecoveryInstance": Operation(handler=disconnect_recovery_instance),
    "DeleteRecoveryInstance": Operation(handler=delete_recovery_instance),
}
