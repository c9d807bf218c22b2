"""The replication agent on a new recovery instance: when it is seen by DRS for the first time.

Until then DRS cannot reverse the replication of the instance.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from drs_emulator.faults import FaultKind, Occasion
from drs_emulator.records import RecoveryInstance, RegionState
from drs_emulator.timeline import LaunchKey, draw_agent_start
from drs_emulator.world import World

_NOT_RUNNING = {"STOPPED", "STOPPING", "SHUTTING-DOWN", "TERMINATED", "NOT_FOUND"}


def await_agent(world: World, state: RegionState, instance: RecoveryInstance, when: datetime) -> None:
    """Schedules the first check-in of the agent, once, as soon as the instance runs."""
    if instance.agent_is_due or instance.agent_seen_at is not None or instance.ec2_state in _NOT_RUNNING:
        return
    instance.agent_is_due = True
    server = state.servers.get(instance.server_id)
    key = LaunchKey(
        seed=world.settings.seed,
        account=state.account,
        region=state.region,
        server_id=instance.server_id,
        launch_number=0 if server is None else server.launch_number,
    )
    start = draw_agent_start(
        key, world.settings.durations, keeps_not_ready_probability=world.settings.not_ready_probability
    )
    instance.keeps_not_ready = start.keeps_not_ready
    world.after(when, start.seconds, partial(_check_in, world, state, instance))


def _check_in(world: World, state: RegionState, instance: RecoveryInstance, when: datetime) -> None:
    server = state.servers.get(instance.server_id)
    occasion = Occasion(
        account=state.account,
        region=state.region,
        server_ids=[instance.server_id],
        hostnames=[] if server is None else [server.hostname],
        key=f"agent|{instance.job_id}|{instance.server_id}",
    )
    seen = partial(_seen, instance)
    if not world.hold(FaultKind.AGENT_STUCK, occasion, when, seen):
        seen(when)


def _seen(instance: RecoveryInstance, when: datetime) -> None:
    """An instance that was stopped meanwhile waits again; the agent leaves one that was disconnected."""
    instance.agent_is_due = False
    if instance.ec2_state not in _NOT_RUNNING and not instance.disconnected:
        instance.agent_seen_at = when
