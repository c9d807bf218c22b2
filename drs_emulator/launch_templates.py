"""The EC2 launch template that DRS keeps behind every source server."""

from __future__ import annotations

from typing import Any

from drs_emulator.records import RegionState, SourceServer
from drs_emulator.source_servers import GIB
from drs_emulator.world import World


def ensure_launch_template(world: World, state: RegionState, server: SourceServer) -> None:
    """Creates the server's template unless it has one. It calls EC2, so call it without the lock."""
    if server.launch_template_id is None:
        template_id = world.ec2.create_template(
            state.account,
            state.region,
            server_id=server.server_id,
            data=template_data(server),
            tags={
                "AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com",
                "AWSElasticDisasterRecoverySourceServerID": server.server_id,
            },
        )
        with world.lock:
            server.launch_template_id = template_id


def template_data(server: SourceServer) -> dict[str, Any]:
    """What DRS puts into a new template: type, disks and tags; the network is the account's default."""
    return {
        "InstanceType": server.recommended_instance_type,
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/sda1" if not index else f"/dev/sd{chr(ord('f') + index)}",
                "Ebs": {"VolumeSize": -(-disk.size_bytes // GIB), "VolumeType": "gp3", "DeleteOnTermination": True},
            }
            for index, disk in enumerate(server.disks)
        ],
        "TagSpecifications": [
            {
                "ResourceType": kind,
                "Tags": [{"Key": "AWSElasticDisasterRecoverySourceServerID", "Value": server.server_id}],
            }
            for kind in ("instance", "volume")
        ],
    }
