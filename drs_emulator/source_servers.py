"""Makes source servers, changes their replication, and writes them as DRS's SourceServer structure."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from drs_emulator.admission import admit_server
from drs_emulator.errors import conflict
from drs_emulator.identifiers import format_duration, format_time, make_arn, make_id
from drs_emulator.records import (
    ADVANCING,
    NOT_REPLICATING,
    Disk,
    LaunchStatus,
    OperatingSystem,
    RegionState,
    Replication,
    ReplicationState,
    SourceServer,
)
from drs_emulator.recovery_points import DEFAULT_POLICY
from drs_emulator.replication import find_original, replication_to_wire
from drs_emulator.world import World

GIB = 1024**3
_OS_NAMES = {
    OperatingSystem.LINUX: "Amazon Linux 2023",
    OperatingSystem.WINDOWS: "Microsoft Windows Server 2022 Datacenter",
}
_LAUNCH_RESULTS = {
    LaunchStatus.PENDING: "PENDING",
    LaunchStatus.IN_PROGRESS: "PENDING",
    LaunchStatus.LAUNCHED: "SUCCEEDED",
    LaunchStatus.TERMINATED: "SUCCEEDED",
    LaunchStatus.FAILED: "FAILED",
}
LAUNCH_DEFAULTS: Mapping[str, Any] = {
    "launchDisposition": "STARTED",
    "targetInstanceTypeRightSizingMethod": "BASIC",
    "copyPrivateIp": False,
    "copyTags": True,
    "licensing": {"osByol": False},
    "postLaunchEnabled": False,
    "recoveryMode": "OPTIMAL",
}


@dataclass(frozen=True, kw_only=True)
class ServerDescription:
    """A source server as it is requested."""

    hostname: str
    os: OperatingSystem = OperatingSystem.LINUX
    os_name: str | None = None
    server_id: str | None = None
    tags: Mapping[str, str] | None = None
    disks: Iterable[Disk] | None = None
    replication_state: ReplicationState = ReplicationState.CONTINUOUS
    lag_seconds: float = 0.0
    replicating_days: float = 30.0
    cpu_cores: int = 2
    ram_bytes: int = 8 * GIB
    private_ip: str | None = None
    instance_type: str = "m5.large"
    origin_account: str | None = None
    origin_region: str | None = None
    origin_instance_id: str | None = None
    uses_default_key: bool = False
    staging_arn: str | None = None


def add_server(world: World, state: RegionState, wanted: ServerDescription, *, now: datetime) -> SourceServer:
    """Adds a server. Raises `ApiError`: ConflictException (the id is taken), ServiceQuotaExceededException."""
    extended = wanted.staging_arn is not None
    replicating = wanted.replication_state not in NOT_REPLICATING and not extended
    admit_server(world, state, replicating=replicating)
    order = state.next_order()
    server_id = wanted.server_id or _make_server_id(world, state, wanted)
    if server_id in state.servers:
        raise conflict(f"There is already a source server {server_id}.", resource_id=server_id)
    disks = tuple(wanted.disks) if wanted.disks is not None else (_root_disk(wanted.os),)
    server = SourceServer(
        server_id=server_id,
        arn=make_arn(state.account, state.region, f"source-server/{server_id}"),
        hostname=wanted.hostname,
        os=wanted.os,
        os_name=wanted.os_name or _OS_NAMES[wanted.os],
        added_at=now - timedelta(days=wanted.replicating_days),
        disks=disks,
        tags=dict(wanted.tags or {}),
        cpu_cores=wanted.cpu_cores,
        ram_bytes=wanted.ram_bytes,
        private_ip=wanted.private_ip or f"10.{order // 62500 % 250}.{order // 250 % 250}.{order % 250 + 4}",
        recommended_instance_type=wanted.instance_type,
        replication=_initial_replication(wanted, now),
        launch_configuration=_initial_launch_configuration(state),
        replication_configuration=_initial_replication_configuration(state, disks),
        origin=_origin(wanted),
        staging_arn=wanted.staging_arn,
        staging_account=None if wanted.staging_arn is None else wanted.staging_arn.split(":")[4],
        uses_default_key=wanted.uses_default_key,
    )
    _apply_templates(state, server)
    state.servers[server_id] = server
    return server


def set_replication(
    world: World,
    state: RegionState,
    server: SourceServer,
    *,
    to: ReplicationState,
    lag_seconds: float = 0.0,
    error: str | None = None,
    raw_error: str | None = None,
) -> None:
    """Changes a server's replication; new points are taken only in states that advance."""
    now = world.clock()
    before = server.replication
    stopped_before = before.state in NOT_REPLICATING
    frozen = None if to in ADVANCING else before.consistent_until or now - timedelta(seconds=before.lag_seconds)
    replication = Replication(
        state=to,
        lag_seconds=lag_seconds,
        since=now if stopped_before and to not in NOT_REPLICATING else before.since,
        consistent_until=frozen,
        error=error,
        raw_error=raw_error,
    )
    replace_replication(world, state, server, replication)


def replace_replication(world: World, state: RegionState, server: SourceServer, replication: Replication) -> None:
    """Gives a server another replication, and publishes the beginning or the end of a stall."""
    before, to = server.replication, replication.state
    server.replication = replication
    stalled = (before.state is ReplicationState.STALLED, to is ReplicationState.STALLED)
    if stalled[0] != stalled[1]:
        detail = {"state": "STALLED" if stalled[1] else "NOT_STALLED"}
        kind = "DRS Source Server Data Replication Stalled Change"
        world.publish(state, kind, detail, resource=server.arn, server_id=server.server_id)


def server_to_wire(world: World, state: RegionState, server: SourceServer, now: datetime) -> dict[str, Any]:
    """The SourceServer structure."""
    last = server.last_launch
    shown: dict[str, Any] = {
        "sourceServerID": server.server_id,
        "arn": server.arn,
        "tags": dict(server.tags),
        "recoveryInstanceId": server.recovery_instance_id,
        "lastLaunchResult": "NOT_STARTED" if last is None else _LAUNCH_RESULTS[last.status],
        "dataReplicationInfo": replication_to_wire(world, state, server, now),
        "lifeCycle": _life_cycle(server, now),
        "sourceProperties": _properties(server, now),
        "stagingArea": _staging_area(world, server),
        "replicationDirection": server.direction.value,
        "reversedDirectionSourceServerArn": server.reversed_arn,
        "agentVersion": "3.8.0",
    }
    if server.origin:
        shown["sourceCloudProperties"] = {
            name: server.origin[name] for name in ("originAccountID", "originRegion") if name in server.origin
        }
    return shown


def _make_server_id(world: World, state: RegionState, wanted: ServerDescription) -> str:
    """An id that depends on the name, not on the order of additions; servers of one name are counted."""
    name = wanted.staging_arn or wanted.hostname
    nth = sum(1 for server in state.servers.values() if server.hostname == wanted.hostname)
    return make_id("s-", world.settings.seed, state.account, state.region, name, nth)


def _initial_replication(wanted: ServerDescription, now: datetime) -> Replication:
    frozen = None if wanted.replication_state in ADVANCING else now - timedelta(seconds=wanted.lag_seconds)
    return Replication(
        state=wanted.replication_state,
        lag_seconds=0.0 if frozen is not None else wanted.lag_seconds,
        since=now - timedelta(days=wanted.replicating_days),
        consistent_until=frozen,
    )


def _root_disk(os: OperatingSystem) -> Disk:
    if os is OperatingSystem.WINDOWS:
        return Disk(device_name="c:0", size_bytes=50 * GIB)
    return Disk(device_name="/dev/xvda", size_bytes=30 * GIB)


def _origin(wanted: ServerDescription) -> dict[str, str]:
    named = {
        "originAccountID": wanted.origin_account,
        "originRegion": wanted.origin_region,
        "awsInstanceID": wanted.origin_instance_id,
    }
    return {name: value for name, value in named.items() if value is not None}


def _initial_launch_configuration(state: RegionState) -> dict[str, Any]:
    """A new server starts from the Region's launch configuration template, when there is one."""
    configuration = copy.deepcopy(dict(LAUNCH_DEFAULTS))
    for template in state.launch_templates.values():
        configuration.update({name: template[name] for name in LAUNCH_DEFAULTS if name in template})
    return configuration


def _initial_replication_configuration(state: RegionState, disks: tuple[Disk, ...]) -> dict[str, Any]:
    return {
        "stagingAreaSubnetId": make_id("subnet-", "staging", state.account, state.region),
        "associateDefaultSecurityGroup": True,
        "replicationServersSecurityGroupsIDs": [],
        "replicationServerInstanceType": "t3.small",
        "useDedicatedReplicationServer": False,
        "defaultLargeStagingDiskType": "AUTO",
        "replicatedDisks": [
            {"deviceName": disk.device_name, "isBootDisk": not index, "stagingDiskType": "AUTO"}
            for index, disk in enumerate(disks)
        ],
        "ebsEncryption": "DEFAULT",
        "bandwidthThrottling": 0,
        "dataPlaneRouting": "PRIVATE_IP",
        "createPublicIP": False,
        "stagingAreaTags": {},
        "pitPolicy": [dict(rule) for rule in DEFAULT_POLICY],
        "autoReplicateNewDisks": True,
        "internetProtocol": "IPV4",
    }


def _apply_templates(state: RegionState, server: SourceServer) -> None:
    """A new server starts from the Region's replication template, and with the launch template's actions."""
    for template in state.replication_templates.values():
        known = (*server.replication_configuration, "ebsEncryptionKeyArn")
        copied = {name: template[name] for name in known if name in template}
        server.replication_configuration.update(copy.deepcopy(copied))
    for template_id in state.launch_templates:
        actions = copy.deepcopy(state.launch_actions.get(template_id, {}))
        state.launch_actions.setdefault(server.server_id, {}).update(actions)


def _life_cycle(server: SourceServer, now: datetime) -> dict[str, Any]:
    cycle: dict[str, Any] = {
        "addedToServiceDateTime": format_time(server.added_at),
        "firstByteDateTime": format_time(server.added_at + timedelta(minutes=10)),
        "elapsedReplicationDuration": format_duration((now - server.added_at).total_seconds()),
        "lastSeenByServiceDateTime": format_time(server.replication.consistent_until or now),
    }
    last = server.last_launch
    if last is not None:
        cycle["lastLaunch"] = {
            "initiated": {
                "apiCallDateTime": format_time(last.called_at),
                "jobID": last.job_id,
                "type": "DRILL" if last.is_drill else "RECOVERY",
            },
            "status": last.status.value,
        }
    return cycle


def _properties(server: SourceServer, now: datetime) -> dict[str, Any]:
    hints = {"fqdn": server.hostname, "hostname": server.hostname}
    if "awsInstanceID" in server.origin:
        hints["awsInstanceID"] = server.origin["awsInstanceID"]
    return {
        "lastUpdatedDateTime": format_time(now - timedelta(minutes=5)),
        "recommendedInstanceType": server.recommended_instance_type,
        "identificationHints": hints,
        "networkInterfaces": [
            {"macAddress": "02:00:00:00:00:01", "ips": [server.private_ip], "isPrimary": True},
        ],
        "disks": [{"deviceName": disk.device_name, "bytes": disk.size_bytes} for disk in server.disks],
        "cpus": [{"cores": server.cpu_cores, "modelName": "Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz"}],
        "ramBytes": server.ram_bytes,
        "os": {"fullString": server.os_name},
        "supportsNitroInstances": True,
        "architecture": "x86_64",
    }


def _staging_area(world: World, server: SourceServer) -> dict[str, Any]:
    """An extended server stays when its original is deleted, with an extension error (user guide, staging accounts)."""
    if server.staging_arn is None:
        return {"status": "NOT_EXTENDED"}
    shown = {"stagingAccountID": server.staging_account, "stagingSourceServerArn": server.staging_arn}
    if find_original(world, server) is None:
        return {"status": "EXTENSION_ERROR", "errorMessage": f"{server.staging_arn} was not found.", **shown}
    return {"status": "EXTENDED", **shown}
