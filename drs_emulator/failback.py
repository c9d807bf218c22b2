"""Failback of a recovery instance: by a reversed source server (EC2) or a failback client (elsewhere).

A reversal never shows COMPLETED: only its reversed server tells of the launch at the origin. The jobs that launch have
modules of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from drs_emulator.errors import ApiError, conflict, invalid, uninitialized_account
from drs_emulator.faults import FaultKind, Occasion
from drs_emulator.identifiers import format_time, make_id
from drs_emulator.initial_sync import InitialSync
from drs_emulator.records import (
    NOT_REPLICATING,
    Direction,
    Failback,
    FailbackState,
    RecoveryInstance,
    RegionState,
    Replication,
    ReplicationState,
    SourceServer,
)
from drs_emulator.replication import ObservedReplication, disks_to_wire, observe_replication, replication_to_wire
from drs_emulator.source_servers import ServerDescription, add_server, replace_replication, set_replication
from drs_emulator.world import World

_GONE = {"TERMINATED", "SHUTTING-DOWN", "NOT_FOUND"}
_SHOWN_OF_A_REVERSED_SERVER = (
    "dataReplicationState",
    "etaDateTime",
    "replicatedDisks",
    "dataReplicationInitiation",
    "dataReplicationError",
    "stagingAvailabilityZone",
)


def start_reversed_replication(
    world: World, state: RegionState, instance: RecoveryInstance, *, now: datetime
) -> SourceServer:
    """Starts replication of an instance back to its origin, and returns the server made for it there.

    A server that an earlier reversal left there is used again. Raises `ApiError`: ValidationException (not from EC2),
    ConflictException (gone, disconnected, its agent not seen yet, or reversed already), UninitializedAccountException
    (of the origin Region).
    """
    server = state.servers.get(instance.server_id)
    if server is None or not _is_from_ec2(server):
        raise invalid(f"Recovery instance {instance.instance_id} did not originate in EC2.")
    _refuse_unusable(instance)
    if instance.agent_seen_at is None:
        raise _conflict(instance, "has not finished initializing")
    attempt = instance.failback
    if attempt is not None and find_replicating_home(world, instance) and attempt.state is not FailbackState.ERROR:
        raise _conflict(instance, "is being replicated to its origin already")
    home = world.region(server.origin.get("originAccountID", state.account), server.origin["originRegion"])
    if not home.initialized:
        raise uninitialized_account()
    reversed_server = _reversed_server(world, state, server, instance, home, now)
    reversed_server.reversed_arn, server.reversed_arn = server.arn, reversed_server.arn
    made = Failback(began_at=now, replication=reversed_server.replication, reversed_arn=reversed_server.arn)
    show = partial(replace_replication, world, home, reversed_server)
    _begin(world, state, instance, made, holder=reversed_server, show=show, now=now)
    return reversed_server


def connect_client(world: World, state: RegionState, instance: RecoveryInstance, *, now: datetime) -> str:
    """What booting a failback client at the origin does: pairs it and starts replication. Returns the client's id.

    Raises `ApiError` (ConflictException): gone, disconnected, originated in EC2, or under way already.
    """
    _refuse_unusable(instance)
    if _is_from_ec2(state.servers.get(instance.server_id)):
        raise _conflict(instance, "originated in EC2 and needs no failback client")
    attempt = instance.failback
    if attempt is not None and attempt.state is not FailbackState.ERROR:
        raise _conflict(instance, "has a failback client already")
    client_id = make_id("fc-", world.settings.seed, instance.arn, state.next_order())
    replication = Replication(state=ReplicationState.INITIATING, lag_seconds=0.0, since=now)
    made = Failback(began_at=now, replication=replication, client_id=client_id)
    show = partial(setattr, made, "replication")
    _begin(world, state, instance, made, holder=made, show=show, now=now)
    return client_id


def stop_failback(world: World, state: RegionState, instance: RecoveryInstance) -> None:
    """Back to FAILBACK_NOT_STARTED. Does nothing while a launch runs, for a reversal, or when nothing was started."""
    attempt, server = instance.failback, state.servers.get(instance.server_id)
    if attempt is None or attempt.client_id is None or (server is not None and server.locked_by is not None):
        return
    instance.failback = None
    _tell(world, state, instance, FailbackState.NOT_STARTED)


def lose_instance(world: World, instance: RecoveryInstance) -> None:
    """The agent on a terminated or disconnected instance is gone: what it replicates to stalls."""
    reversed_server = find_reversed(world, instance)
    if reversed_server is not None and reversed_server[1].replication.state not in NOT_REPLICATING:
        set_replication(world, *reversed_server, to=ReplicationState.STALLED, error="AGENT_NOT_SEEN")
    if instance.failback is not None and instance.failback.state is not FailbackState.COMPLETED:
        instance.failback = None


def note_launch(world: World, server: SourceServer, *, is_drill: bool, job_id: str) -> None:
    """Shows the job of a reversed server on its recovery instance, whose state follows the replication alone."""
    found = _find_instance(world, server)
    if found is not None and found[1].failback is not None:
        found[1].failback.launch_type = "DRILL" if is_drill else "RECOVERY"
        found[1].failback.job_id = job_id


def move(world: World, state: RegionState, instance: RecoveryInstance, to: FailbackState) -> None:
    """Moves an attempt and publishes the change."""
    attempt = instance.failback
    if attempt is not None and attempt.state is not to:
        attempt.state = to
        _tell(world, state, instance, to)


def observe_failback(world: World, state: RegionState, instance: RecoveryInstance, now: datetime) -> FailbackState:
    """The state as DRS would report it now: not ready while the replication lags or stalls, or the agent is new."""
    attempt = _live_attempt(world, instance)
    if attempt is None:
        is_fresh = instance.agent_seen_at is None or instance.keeps_not_ready
        if is_fresh and not instance.disconnected and _is_from_ec2(state.servers.get(instance.server_id)):
            return FailbackState.NOT_READY_FOR_LAUNCH
        return FailbackState.NOT_STARTED
    if world.faults.find_standing(FaultKind.FAILBACK_STATE_UNAVAILABLE, _occasion(world, state, instance)):
        return FailbackState.LAUNCH_STATE_NOT_AVAILABLE
    if attempt.state is FailbackState.READY_FOR_LAUNCH:
        seen = _observe(world, state, instance, attempt, now)
        if seen.state is not ReplicationState.CONTINUOUS:
            return FailbackState.NOT_READY_FOR_LAUNCH
    return attempt.state


def find_reversed(world: World, instance: RecoveryInstance) -> tuple[RegionState, SourceServer] | None:
    """The server that an instance replicates to, if it uses one and the server still exists."""
    arn = instance.failback.reversed_arn if instance.failback is not None else None
    return None if arn is None else _find_server(world, arn)


def find_replicating_home(world: World, instance: RecoveryInstance) -> tuple[RegionState, SourceServer] | None:
    """The server that an instance replicates to now, if it uses one and that has not been stopped."""
    found = find_reversed(world, instance)
    return None if found is None or found[1].replication.state in NOT_REPLICATING else found


def failback_to_wire(world: World, state: RegionState, instance: RecoveryInstance, now: datetime) -> dict[str, Any]:
    """The members `failback` and `dataReplicationInfo` of the RecoveryInstance structure."""
    shown: dict[str, Any] = {"state": observe_failback(world, state, instance, now).value}
    if instance.agent_seen_at is not None and not instance.disconnected:
        shown["agentLastSeenByServiceDateTime"] = format_time(now)
    attempt = _live_attempt(world, instance)
    if attempt is None:
        replication = "DISCONNECTED" if instance.disconnected else "NOT_STARTED"
        return {"failback": shown, "dataReplicationInfo": {"dataReplicationState": replication, "replicatedDisks": []}}
    shown |= {"failbackInitiationTime": format_time(attempt.began_at), "failbackJobID": attempt.job_id}
    shown["failbackLaunchType"] = attempt.launch_type
    if attempt.client_id is not None:
        shown |= {"failbackClientID": attempt.client_id, "failbackClientLastSeenByServiceDateTime": format_time(now)}
        shown["failbackToOriginalServer"] = True
    found = find_reversed(world, instance)
    if found is not None:
        info = replication_to_wire(world, *found, now)
        replicated = {name: info[name] for name in _SHOWN_OF_A_REVERSED_SERVER if name in info}
        return {"failback": shown, "dataReplicationInfo": replicated}
    return {"failback": shown, "dataReplicationInfo": _client_replication_to_wire(world, state, instance, attempt, now)}


def _begin(
    world: World,
    state: RegionState,
    instance: RecoveryInstance,
    attempt: Failback,
    *,
    holder: SourceServer | Failback,
    show: Callable[[Replication], None],
    now: datetime,
) -> None:
    instance.failback = attempt
    server = state.servers.get(instance.server_id)
    sync = InitialSync(
        world=world,
        holder=holder,
        show=show,
        size_bytes=sum(disk.size_bytes for disk in server.disks) if server is not None else 0,
        occasion=lambda: _occasion(world, state, instance),
        is_valid=lambda: instance.failback is attempt,
        done=lambda _when: move(world, state, instance, FailbackState.READY_FOR_LAUNCH),
        failed=lambda _when: move(world, state, instance, FailbackState.ERROR),
    )
    sync.begin(now)
    _tell(world, state, instance, attempt.state)


def _reversed_server(
    world: World,
    state: RegionState,
    server: SourceServer,
    instance: RecoveryInstance,
    home: RegionState,
    now: datetime,
) -> SourceServer:
    """The server in the other direction: that of an earlier reversal, the original one, or a new one."""
    found = _find_server(world, server.reversed_arn) if server.reversed_arn is not None else None
    if found is None:
        wanted = ServerDescription(
            hostname=server.hostname,
            os=server.os,
            os_name=server.os_name,
            server_id=make_id("s-", world.settings.seed, "reversed", instance.arn, state.next_order()),
            tags=dict(server.tags),
            disks=server.disks,
            replication_state=ReplicationState.STOPPED,
            replicating_days=0.0,
            cpu_cores=server.cpu_cores,
            ram_bytes=server.ram_bytes,
            private_ip=server.private_ip,
            instance_type=server.recommended_instance_type,
            origin_account=state.account,
            origin_region=state.region,
            origin_instance_id=instance.instance_id,
        )
        try:
            made = add_server(world, home, wanted, now=now)
        except ApiError as error:  # ReverseReplication declares no exceeded quota
            raise conflict(error.message, resource_id=server.server_id) from None
        made.direction = Direction.FAILBACK
    else:
        made = found[1]
        made.origin["awsInstanceID"] = instance.instance_id
    if made.direction is Direction.FAILBACK:
        made.reverses = (state.account, state.region, instance.instance_id)
    return made


def _is_from_ec2(server: SourceServer | None) -> bool:
    return server is not None and "originRegion" in server.origin


def _refuse_unusable(instance: RecoveryInstance) -> None:
    if instance.disconnected:
        raise _conflict(instance, "is disconnected")
    if instance.ec2_state in _GONE:
        raise _conflict(instance, f"is {instance.ec2_state}")


def _live_attempt(world: World, instance: RecoveryInstance) -> Failback | None:
    """The failback under way; none when the reversed server that it used is stopped, disconnected or deleted."""
    attempt = instance.failback
    if attempt is None or attempt.reversed_arn is None:
        return attempt
    return attempt if find_replicating_home(world, instance) is not None else None


def _find_server(world: World, arn: str) -> tuple[RegionState, SourceServer] | None:
    _, _, _, region, account, resource = arn.split(":", 5)
    state = world.region(account, region)
    server = state.servers.get(resource.removeprefix("source-server/"))
    return None if server is None else (state, server)


def _find_instance(world: World, server: SourceServer) -> tuple[RegionState, RecoveryInstance] | None:
    if server.reverses is None:
        return None
    account, region, instance_id = server.reverses
    state = world.region(account, region)
    instance = state.recovery_instances.get(instance_id)
    return None if instance is None else (state, instance)


def _observe(
    world: World, state: RegionState, instance: RecoveryInstance, attempt: Failback, now: datetime
) -> ObservedReplication:
    """Where faults of replication apply: by a reversed server's own id, or by the client's source server."""
    found = find_reversed(world, instance)
    if found is not None:
        return observe_replication(world, *found, now)
    replication, occasion = attempt.replication, _occasion(world, state, instance)
    stalled = world.faults.find_standing(FaultKind.REPLICATION_STALLED, occasion)
    lagging = world.faults.find_standing(FaultKind.REPLICATION_LAG, occasion)
    shown, lag = replication.state, replication.lag_seconds
    error, raw_error = replication.error, replication.raw_error
    if stalled is not None:
        shown, error = ReplicationState.STALLED, str(stalled.rule.parameters.get("error", "NOT_CONVERGING"))
        raw_error = stalled.rule.parameters.get("rawError")
    elif lagging is not None and shown is ReplicationState.CONTINUOUS:
        shown, lag = ReplicationState.BACKLOG, float(lagging.rule.parameters.get("lagSeconds", 3600.0))
    return ObservedReplication(
        state=shown, lag_seconds=lag, consistent_until=replication.consistent_until, error=error, raw_error=raw_error
    )


def _client_replication_to_wire(
    world: World, state: RegionState, instance: RecoveryInstance, attempt: Failback, now: datetime
) -> dict[str, Any]:
    seen = _observe(world, state, instance, attempt, now)
    server = state.servers.get(instance.server_id)
    disks = server.disks if server is not None else ()
    info: dict[str, Any] = {
        "dataReplicationState": seen.state.value,
        "replicatedDisks": disks_to_wire(disks, seen, attempt.replication.synced_share),
    }
    if seen.error is not None:
        info["dataReplicationError"] = {"error": seen.error, "rawError": seen.raw_error}
    return info


def _occasion(world: World, state: RegionState, instance: RecoveryInstance) -> Occasion:
    server, found = state.servers.get(instance.server_id), find_reversed(world, instance)
    return Occasion(
        account=state.account,
        region=state.region,
        server_ids=[instance.server_id, *([found[1].server_id] if found is not None else [])],
        hostnames=[server.hostname] if server is not None else [],
        key=f"failback|{instance.instance_id}",
    )


def _tell(world: World, state: RegionState, instance: RecoveryInstance, to: FailbackState) -> None:
    kind = "DRS Recovery Instance Failback State Change"
    world.publish(state, kind, {"state": to.value}, resource=instance.arn, server_id=instance.server_id)


def _conflict(instance: RecoveryInstance, problem: str) -> ApiError:
    message = f"Recovery instance {instance.instance_id} {problem}."
    return conflict(message, resource_type="RecoveryInstance", resource_id=instance.instance_id)
