"""The EC2 launch template that DRS keeps behind every source server: what is in it, and when it is made and deleted."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from drs_emulator.caller_rights import MANAGED
from drs_emulator.ec2_templates import TemplateRequest
from drs_emulator.records import RegionState, SourceServer
from drs_emulator.world import World

_NAME = "created-and-used-by-elastic-disaster-recovery-service-"
_TAGGED = ("instance", "volume", "network-interface")


def ensure_launch_template(world: World, state: RegionState, server: SourceServer) -> None:
    """Creates the server's template unless it has one. It calls EC2, so call it without the lock."""
    if server.launch_template_id is None:
        template_id = world.ec2.create_template(template_request(world, state, server))
        with world.lock:
            server.launch_template_id = template_id


def drop_launch_template(world: World, state: RegionState, server: SourceServer, when: datetime) -> None:
    """A server that is disconnected loses its template."""
    template_id, server.launch_template_id = server.launch_template_id, None
    if template_id is not None:
        work = partial(world.ec2.delete_template, state.account, state.region, template_id)
        world.in_background(work, lambda _nothing, _when: None, when)


def template_request(world: World, state: RegionState, server: SourceServer) -> TemplateRequest:
    """A server's template as DRS makes it, with the versions that DRS adds by itself."""
    data = template_data(server)
    return TemplateRequest(
        account=state.account,
        region=state.region,
        server_id=server.server_id,
        name=f"{_NAME}{server.server_id}",
        versions=_versions(data, world.settings.launch_template_versions),
        tags={"Name": server.hostname, **drs_tags(server)},
    )


def template_data(server: SourceServer) -> dict[str, Any]:
    """Type, disks under the source's own device names, interface 0 without a public address, and tags.

    The interface names neither subnet nor groups: those of the account's default VPC apply until someone sets them.
    """
    tags = [{"Key": key, "Value": value} for key, value in {"Name": server.hostname, **drs_tags(server)}.items()]
    return {
        "InstanceType": server.recommended_instance_type,
        "BlockDeviceMappings": [
            {
                "DeviceName": disk.device_name,
                "Ebs": {"VolumeSize": disk.size_gib, "VolumeType": "gp3", "DeleteOnTermination": True},
            }
            for disk in server.disks
        ],
        "NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": False, "DeleteOnTermination": True}],
        "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in _TAGGED],
    }


def drs_tags(server: SourceServer) -> dict[str, str]:
    """The tags by which DRS knows what it made for a server."""
    return {**MANAGED, "AWSElasticDisasterRecoverySourceServerID": server.server_id}


def _versions(data: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The history of a template: network and tags, then the disks, then the type, then that again."""
    bare = {name: data[name] for name in ("NetworkInterfaces", "TagSpecifications")}
    early = [bare, {**bare, "BlockDeviceMappings": data["BlockDeviceMappings"]}][: count - 1]
    return [*early, *([data] * (count - len(early)))]
