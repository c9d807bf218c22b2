"""LAUNCH jobs of StartFailbackLaunch: conversion on the failback client, then a reboot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from drs_emulator.admission import admit_job
from drs_emulator.errors import conflict, invalid, validation_failed
from drs_emulator.failback import move, observe_failback
from drs_emulator.faults import FaultKind
from drs_emulator.identifiers import make_arn, make_id
from drs_emulator.job_run import JobRun
from drs_emulator.records import (
    FailbackState,
    Job,
    JobStatus,
    JobType,
    LaunchStatus,
    Participant,
    RecoveryInstance,
    RegionState,
    SourceServer,
)
from drs_emulator.timeline import LaunchKey, draw_job_pace, draw_server_pace, lead_of
from drs_emulator.world import World

MOST_INSTANCES = 200  # of the API's list; the quota of servers in a job (L-B827C881) speaks of launches in AWS


def start_failback_job(
    world: World, state: RegionState, instance_ids: Sequence[str], *, tags: Mapping[str, str], now: datetime
) -> Job:
    """Starts the launch of machines at the origin.

    Raises `ApiError`: ValidationException (unknown or repeated ids, no failback client), ConflictException (not ready,
    or in a job), ServiceQuotaExceededException. The model declares no ResourceNotFoundException for this operation.
    """
    instances = [_find_ready(world, state, instance_id, now) for instance_id in instance_ids]
    servers = [state.servers[instance.server_id] for instance in instances]
    if len({server.server_id for server in servers}) != len(servers):
        raise validation_failed([("recoveryInstanceIDs", "Recovery instances must be unique")])
    admit_job(world, state, servers, servers_per_job=MOST_INSTANCES)
    order = state.next_order()
    job_id = make_id("drsjob-", world.settings.seed, state.account, state.region, order)
    keys = [_next_launch(world, state, server) for server in servers]
    job = Job(
        job_id=job_id,
        arn=make_arn(state.account, state.region, f"job/{job_id}"),
        account=state.account,
        region=state.region,
        type=JobType.LAUNCH,
        initiated_by="FAILBACK",
        created_at=now,
        created_order=order,
        tags=dict(tags),
        participants={server.server_id: _join(world, server, key) for server, key in zip(servers, keys, strict=True)},
    )
    state.jobs[job_id] = state.active_jobs[job_id] = job
    for server, instance in zip(servers, instances, strict=True):
        server.locked_by = job_id
        if instance.failback is not None:
            instance.failback.job_id, instance.failback.launch_type = job_id, "RECOVERY"
        move(world, state, instance, FailbackState.IN_PROGRESS)
    pace = draw_job_pace(
        lead_of(keys),
        world.settings.durations,
        windows=any(server.windows for server in servers),
        late_participants_probability=world.settings.late_participants_probability,
    )
    by_server = {instance.server_id: instance for instance in instances}
    _FailbackLaunches(JobRun(world=world, state=state, job=job, pace=pace), by_server).begin(now)
    return job


def _find_ready(world: World, state: RegionState, instance_id: str, now: datetime) -> RecoveryInstance:
    instance = state.recovery_instances.get(instance_id)
    if instance is None or instance.server_id not in state.servers:
        raise invalid(f"Recovery instance {instance_id} was not found.")
    if instance.failback is None or instance.failback.client_id is None:
        raise invalid(f"Recovery instance {instance_id} has no failback client.")
    seen = observe_failback(world, state, instance, now)
    if seen is not FailbackState.READY_FOR_LAUNCH:
        message = f"Recovery instance {instance_id} is {seen}, not {FailbackState.READY_FOR_LAUNCH}."
        raise conflict(message, resource_type="RecoveryInstance", resource_id=instance_id)
    return instance


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
    durations = world.settings.durations
    pace = draw_server_pace(key, durations, windows=server.windows, fast=False, late_status_probability=0.0)
    return Participant(server_id=server.server_id, pace=pace)


class _FailbackLaunches:
    """A FAILBACK job in progress. Its faults are those of other launches: CONVERSION_… and LAUNCH_…."""

    def __init__(self, run: JobRun, instances: Mapping[str, RecoveryInstance]) -> None:
        self._run = run
        self._world = run.world
        self._instances = instances
        run.on_failure = self._failed

    def begin(self, now: datetime) -> None:
        """Schedules the job."""
        self._run.begin(now, self._started)

    def _started(self, when: datetime) -> None:
        self._run.job.status = JobStatus.STARTED
        self._run.log(when, "JOB_START")
        for participant in self._run.job.participants.values():
            participant.status = LaunchStatus.IN_PROGRESS
            self._world.after(when, self._run.pace.preparation, partial(self._convert, participant))

    def _convert(self, participant: Participant, when: datetime) -> None:
        self._run.log(when, "CONVERSION_START", _line(participant))
        self._world.after(when, participant.pace.conversion, partial(self._conversion_end, participant))

    def _conversion_end(self, participant: Participant, when: datetime) -> None:
        step = partial(self._converted, participant)
        if not self._world.hold(FaultKind.CONVERSION_STUCK, self._run.occasion(participant), when, step):
            step(when)

    def _converted(self, participant: Participant, when: datetime) -> None:
        rule = self._world.faults.strike(FaultKind.CONVERSION_FAILED, self._run.occasion(participant))
        if rule is not None:
            raw_error = str(rule.parameters.get("rawError", "The failback client could not convert the volumes."))
            self._run.fail(participant, when, "CONVERSION_FAIL", raw_error)
            return
        self._run.log(when, "CONVERSION_END", _line(participant))
        self._run.log(when, "LAUNCH_START", _line(participant))
        self._world.after(when, participant.pace.launch, partial(self._launch_end, participant))

    def _launch_end(self, participant: Participant, when: datetime) -> None:
        step = partial(self._launched, participant)
        if not self._world.hold(FaultKind.LAUNCH_STUCK, self._run.occasion(participant), when, step):
            step(when)

    def _launched(self, participant: Participant, when: datetime) -> None:
        rule = self._world.faults.strike(FaultKind.LAUNCH_FAILED, self._run.occasion(participant))
        if rule is not None:
            raw_error = str(rule.parameters.get("rawError", "The machine did not come up after its reboot."))
            self._run.fail(participant, when, "LAUNCH_FAILED", raw_error)
            return
        instance = self._instances[participant.server_id]
        participant.status, participant.instance_id = LaunchStatus.LAUNCHED, instance.instance_id
        self._run.log(when, "LAUNCH_END", _line(participant))
        move(self._world, self._run.state, instance, FailbackState.COMPLETED)
        self._run.finish(participant, when)

    def _failed(self, participant: Participant, _when: datetime) -> None:
        move(self._world, self._run.state, self._instances[participant.server_id], FailbackState.ERROR)


def _line(participant: Participant) -> dict[str, str]:
    return {"sourceServerID": participant.server_id}
