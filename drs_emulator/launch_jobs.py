"""LAUNCH jobs of StartRecovery, from its checks to real instances, staging accounts included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from drs_emulator.admission import admit_job
from drs_emulator.errors import not_found, validation_failed
from drs_emulator.failback import note_launch
from drs_emulator.identifiers import make_arn, make_id
from drs_emulator.instance_launch import InstanceLaunches
from drs_emulator.job_run import JobRun
from drs_emulator.records import (
    Job,
    JobType,
    LastLaunch,
    LaunchStatus,
    Participant,
    RegionState,
    SourceServer,
)
from drs_emulator.replication import find_original, list_server_points
from drs_emulator.terminate_jobs import end_earlier_instances
from drs_emulator.timeline import LaunchKey, draw_job_pace, draw_server_pace, lead_of
from drs_emulator.world import World


def start_launch_job(
    world: World,
    state: RegionState,
    wanted: Sequence[Mapping[str, Any]],
    *,
    is_drill: bool,
    tags: Mapping[str, str],
    now: datetime,
    caller: str | None = None,
) -> Job:
    """Starts a drill or recovery of the servers in `wanted` (StartRecovery's own entries).

    Raises `ApiError`: ValidationException (a server twice), ResourceNotFoundException (server or recovery point),
    ConflictException (a server is in a job), ServiceQuotaExceededException.
    """
    servers = _find_servers(state, wanted)
    chosen = {
        server.server_id: _find_point(world, state, server, entry.get("recoverySnapshotID"), now)
        for server, entry in zip(servers, wanted, strict=True)
    }
    originals = _find_originals(world, servers)
    admit_job(world, state, servers)
    for region, members in originals.values():
        admit_job(world, region, members)
    initiated_by = "START_DRILL" if is_drill else "START_RECOVERY"
    run = _make_run(world, state, servers, job_type=JobType.LAUNCH, initiated_by=initiated_by, tags=tags, now=now)
    run.job.is_drill, run.job.caller = is_drill, caller
    launching = InstanceLaunches(run)
    run.after_conversion = launching.begin
    run.on_failure = launching.tell_failure
    run.after_end = launching.settle_late
    run.before_servers = partial(end_earlier_instances, run)
    for server in servers:
        participant = run.job.participants[server.server_id]
        participant.snapshot_id, participant.data_at = chosen[server.server_id]
        launch = LastLaunch(job_id=run.job.job_id, called_at=now, is_drill=is_drill, status=LaunchStatus.PENDING)
        server.last_launch = launch
        note_launch(world, server, is_drill=is_drill, job_id=run.job.job_id)
    run.starts_elsewhere = frozenset(server.server_id for server in servers if server.extended)
    run.begin(now)
    for region, members in originals.values():
        _start_conversion_job(world, region, members, launching, now=now)
    return run.job


def _find_servers(state: RegionState, wanted: Sequence[Mapping[str, Any]]) -> list[SourceServer]:
    ids = [str(entry["sourceServerID"]) for entry in wanted]
    if len(set(ids)) != len(ids):
        raise validation_failed([("sourceServers", "Source servers must be unique")])
    for server_id in ids:
        if server_id not in state.servers:
            raise not_found("SourceServer", server_id)
    return [state.servers[server_id] for server_id in ids]


def _find_point(
    world: World, state: RegionState, server: SourceServer, snapshot_id: str | None, now: datetime
) -> tuple[str | None, datetime | None]:
    """The id and instant of the requested recovery point; (None, None) is "the newest data"."""
    if snapshot_id is None:
        return None, None
    for point in list_server_points(world, state, server, now):
        if point.snapshot_id == snapshot_id:
            return snapshot_id, point.taken_at
    raise not_found("RecoverySnapshot", snapshot_id)


def _find_originals(
    world: World, servers: Sequence[SourceServer]
) -> dict[tuple[str, str], tuple[RegionState, list[SourceServer]]]:
    found: dict[tuple[str, str], tuple[RegionState, list[SourceServer]]] = {}
    for server in servers:
        if server.extended:
            home = find_original(world, server)
            if home is None:
                raise not_found("SourceServer", str(server.staging_arn))
            found.setdefault((home[0].account, home[0].region), (home[0], []))[1].append(home[1])
    return found


def _make_run(
    world: World,
    state: RegionState,
    servers: Sequence[SourceServer],
    *,
    job_type: JobType,
    initiated_by: str,
    tags: Mapping[str, str],
    now: datetime,
) -> JobRun:
    settings = world.settings
    order = state.next_order()
    job_id = make_id("drsjob-", settings.seed, state.account, state.region, order)
    keys = [_next_launch(world, state, server) for server in servers]
    job = Job(
        job_id=job_id,
        arn=make_arn(state.account, state.region, f"job/{job_id}"),
        account=state.account,
        region=state.region,
        type=job_type,
        initiated_by=initiated_by,
        created_at=now,
        created_order=order,
        tags=dict(tags),
        participants={server.server_id: _join(world, server, key) for server, key in zip(servers, keys, strict=True)},
    )
    for server in servers:
        server.locked_by = job_id
    state.jobs[job_id] = state.active_jobs[job_id] = job
    probability = settings.late_participants_probability
    windows = any(server.windows for server in servers)
    pace = draw_job_pace(lead_of(keys), settings.durations, windows=windows, late_participants_probability=probability)
    return JobRun(world=world, state=state, job=job, pace=pace)


def _next_launch(world: World, state: RegionState, server: SourceServer) -> LaunchKey:
    server.launch_number += 1
    return LaunchKey(
        seed=world.settings.seed,
        account=state.account,
        region=state.region,
        server_id=server.server_id,
        launch_number=server.launch_number,
    )


def _join(world: World, server: SourceServer, key: LaunchKey) -> Participant:
    pace = draw_server_pace(
        key,
        world.settings.durations,
        windows=server.windows,
        fast=server.launch_configuration.get("recoveryMode") == "FAST",
        late_status_probability=world.settings.late_status_probability,
    )
    return Participant(server_id=server.server_id, pace=pace)


def _start_conversion_job(
    world: World, state: RegionState, servers: Sequence[SourceServer], launching: InstanceLaunches, *, now: datetime
) -> None:
    """The CREATE_CONVERTED_SNAPSHOT job in a staging account; its servers start their extensions' launch."""
    run = _make_run(
        world,
        state,
        servers,
        job_type=JobType.CREATE_CONVERTED_SNAPSHOT,
        initiated_by="TARGET_ACCOUNT",
        tags={},
        now=now,
    )
    target_of = {
        str(server.staging_arn): launching.run.job.participants[server.server_id]
        for server in (launching.run.state.servers[server_id] for server_id in launching.run.job.participants)
        if server.extended
    }

    def target(participant: Participant) -> Participant:
        found = target_of[state.servers[participant.server_id].arn]
        found.data_at = found.data_at or participant.data_at
        return found

    def converted(participant: Participant, when: datetime) -> None:
        launching.begin(target(participant), when)
        participant.status = LaunchStatus.LAUNCHED
        run.finish(participant, when)

    def failed(participant: Participant, when: datetime) -> None:
        raw_error = participant.raw_error or "The snapshot could not be converted."
        launching.run.fail(target(participant), when, "CONVERSION_FAIL", raw_error)

    run.after_conversion = converted
    run.on_failure = failed
    for server in servers:
        aim = target_of[server.arn]
        mine = run.job.participants[server.server_id]
        mine.snapshot_id, mine.data_at = aim.snapshot_id, aim.data_at
    run.begin(now)
