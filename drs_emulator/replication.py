"""A server's replication at a moment, faults included, and the recovery points that result from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from drs_emulator.faults import FaultKind, FaultRule, Occasion
from drs_emulator.identifiers import format_duration, format_time
from drs_emulator.records import ADVANCING, NOT_REPLICATING, Disk, RegionState, ReplicationState, SourceServer
from drs_emulator.recovery_points import RecoveryPoint, list_points
from drs_emulator.service_model import service
from drs_emulator.world import World


@dataclass(frozen=True, kw_only=True)
class ObservedReplication:
    """State, lag and the moment until which the data is consistent (None: up to now)."""

    state: ReplicationState
    lag_seconds: float
    consistent_until: datetime | None
    error: str | None
    raw_error: str | None


def find_original(world: World, server: SourceServer) -> tuple[RegionState, SourceServer] | None:
    """The staging account's server of an extended server; None for one that replicates itself."""
    if server.staging_arn is None:
        return None
    _, _, _, region, account, resource = server.staging_arn.split(":", 5)
    state = world.region(account, region)
    original = state.servers.get(resource.removeprefix("source-server/"))
    return None if original is None else (state, original)


def server_occasion(state: RegionState, server: SourceServer) -> Occasion:
    """Where a fault of one server may apply."""
    return Occasion(
        account=state.account, region=state.region, server_ids=[server.server_id], hostnames=[server.hostname]
    )


def observe_replication(world: World, state: RegionState, server: SourceServer, now: datetime) -> ObservedReplication:
    """The replication as DRS would report it now; an extended server's is that of its original."""
    original = find_original(world, server)
    if original is not None:
        return observe_replication(world, original[0], original[1], now)
    occasion = server_occasion(state, server)
    stalled = world.faults.find_standing(FaultKind.REPLICATION_STALLED, occasion)
    if stalled is not None:
        return ObservedReplication(
            state=ReplicationState.STALLED,
            lag_seconds=server.replication.lag_seconds + (now - stalled.added_at).total_seconds(),
            consistent_until=stalled.added_at,
            error=stalled.rule.parameters.get("error", "NOT_CONVERGING"),
            raw_error=stalled.rule.parameters.get("rawError"),
        )
    set_by_hand = server.replication
    until = set_by_hand.consistent_until
    lag = set_by_hand.lag_seconds + ((now - until).total_seconds() if until is not None else 0.0)
    shown = set_by_hand.state
    lagging = world.faults.find_standing(FaultKind.REPLICATION_LAG, occasion)
    if lagging is not None:
        lag = float(lagging.rule.parameters.get("lagSeconds", 3600.0))
        shown = ReplicationState.BACKLOG
    lag = max(0.0, lag)  # what a call itself stops is newer than the instant of the call
    if until is None and lag > 0:
        until = now - timedelta(seconds=lag)
    return ObservedReplication(
        state=shown,
        lag_seconds=lag,
        consistent_until=until,
        error=set_by_hand.error,
        raw_error=set_by_hand.raw_error,
    )


def takes_new_points(world: World, state: RegionState, server: SourceServer) -> bool:
    """Whether an on-demand snapshot gives current data; otherwise a recovery uses an older point."""
    return observe_replication(world, state, server, world.clock()).state in ADVANCING


def list_server_points(world: World, state: RegionState, server: SourceServer, now: datetime) -> list[RecoveryPoint]:
    """The server's recovery points, oldest first. A stopped or disconnected server has none: DRS deletes them."""
    observed = observe_replication(world, state, server, now)
    if observed.state in NOT_REPLICATING:
        return []
    points = list_points(
        identity=(world.settings.seed, state.account, state.region),
        server_id=server.server_id,
        policy=server.replication_configuration["pitPolicy"],
        replicating_since=server.replication.since,
        consistent_until=observed.consistent_until or now,
        now=now,
    )
    gone = world.faults.find_standing(FaultKind.RECOVERY_POINT_AGED_OUT, server_occasion(state, server))
    if gone is None or gone.rule.parameters.get("afterStart"):
        return points
    return [point for point in points if not _is_gone(gone.rule, point, now)]


def newest_consistent_at(world: World, state: RegionState, server: SourceServer, now: datetime) -> datetime | None:
    """When the newest point was taken, None when there is none."""
    points = list_server_points(world, state, server, now)
    return points[-1].taken_at if points else None


def replication_to_wire(world: World, state: RegionState, server: SourceServer, now: datetime) -> dict[str, Any]:
    """The DataReplicationInfo structure."""
    seen = observe_replication(world, state, server, now)
    gone = seen.state is ReplicationState.DISCONNECTED
    info: dict[str, Any] = {
        "dataReplicationState": seen.state.value,
        "lagDuration": None if gone or seen.state is ReplicationState.STOPPED else format_duration(seen.lag_seconds),
        "replicatedDisks": disks_to_wire(server.disks, seen, server.replication.synced_share),
        "dataReplicationInitiation": _initiation(server, seen.state),
        "stagingAvailabilityZone": f"{state.region}a",
    }
    if seen.error is not None:
        info["dataReplicationError"] = {"error": seen.error, "rawError": seen.raw_error}
    if seen.state in {ReplicationState.INITIAL_SYNC, ReplicationState.RESCAN, ReplicationState.BACKLOG}:
        info["etaDateTime"] = format_time(now + timedelta(seconds=max(60.0, seen.lag_seconds)))
    return info


def disks_to_wire(disks: Iterable[Disk], seen: ObservedReplication, synced_share: float | None) -> list[dict[str, Any]]:
    """The counters of each disk; `synced_share` (0 to 1) is how far a first synchronisation is, if known."""
    gone = seen.state is ReplicationState.DISCONNECTED
    return [
        {
            "deviceName": disk.device_name,
            "totalStorageBytes": 0 if gone else disk.size_bytes,
            "replicatedStorageBytes": 0 if gone else _replicated_bytes(seen.state, disk.size_bytes, synced_share),
            "rescannedStorageBytes": 0 if gone else _replicated_bytes(seen.state, disk.size_bytes, synced_share),
            "backloggedStorageBytes": 0 if gone else _backlog_bytes(seen.lag_seconds, disk.size_bytes),
        }
        for disk in disks
    ]


def _is_gone(rule: FaultRule, point: RecoveryPoint, now: datetime) -> bool:
    """Named points, or those beyond an age; a rule that says neither means all."""
    named, age = rule.parameters.get("snapshotIds"), rule.parameters.get("olderThanSeconds")
    if named is None and age is None:
        return True
    too_old = age is not None and point.expected_at < now - timedelta(seconds=float(age))
    return too_old or point.snapshot_id in (named or ())


def _replicated_bytes(state: ReplicationState, size: int, synced_share: float | None) -> int:
    if state is ReplicationState.INITIATING:
        return 0
    if synced_share is not None:
        return int(size * synced_share)
    return size * 6 // 10 if state is ReplicationState.INITIAL_SYNC else size


def _backlog_bytes(lag_seconds: float, size: int) -> int:
    """Roughly what a server writes in the time it lags behind: 1 MB a second, at most all of the disk."""
    return min(size, int(lag_seconds * 1_000_000))


def _initiation(server: SourceServer, state: ReplicationState) -> dict[str, Any]:
    names = service().shape_for("DataReplicationInitiationStepName").enum  # type: ignore[attr-defined]
    under_way = state is ReplicationState.INITIATING
    steps = [
        {"name": name, "status": ("IN_PROGRESS" if not index else "NOT_STARTED") if under_way else "SUCCEEDED"}
        for index, name in enumerate(names)
    ]
    return {"startDateTime": format_time(server.replication.since), "steps": steps}
