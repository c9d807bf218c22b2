"""Terminates instances: TERMINATE jobs, and the earlier instances of a server that a launch replaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from drs_emulator.admission import admit_job
from drs_emulator.caller_rights import MANAGED, TERMINATION
from drs_emulator.errors import not_found
from drs_emulator.failback import lose_instance
from drs_emulator.identifiers import make_arn, make_id
from drs_emulator.job_run import JobRun
from drs_emulator.launch_into import instance_to_launch_into
from drs_emulator.records import Job, JobStatus, JobType, LaunchStatus, Participant, RecoveryInstance, RegionState
from drs_emulator.timeline import JobPace, LaunchKey, ServerPace, draw_termination_seconds, lead_of
from drs_emulator.world import World

_NO_PACE = ServerPace(
    snapshot_after_start=0, snapshot=0, conversion=0, launch_after_conversion=0, launch=0, status_late=False
)


def start_terminate_job(
    world: World, state: RegionState, instance_ids: Sequence[str], *, now: datetime, caller: str | None = None
) -> Job:
    """Starts the termination of recovery instances, which then leave DRS.

    Raises `ApiError`: ResourceNotFoundException (an id that DRS does not know), ConflictException,
    ServiceQuotaExceededException.
    """
    wanted = list(dict.fromkeys(instance_ids))
    for instance_id in wanted:
        if instance_id not in state.recovery_instances:
            raise not_found("RecoveryInstance", instance_id)
    instances = [state.recovery_instances[instance_id] for instance_id in wanted]
    server_ids = list(dict.fromkeys(instance.server_id for instance in instances))
    servers = [state.servers[server_id] for server_id in server_ids if server_id in state.servers]
    admit_job(world, state, servers)
    order = state.next_order()
    job_id = make_id("drsjob-", world.settings.seed, state.account, state.region, order)
    for server in servers:
        server.locked_by = job_id
    job = Job(
        job_id=job_id,
        arn=make_arn(state.account, state.region, f"job/{job_id}"),
        account=state.account,
        region=state.region,
        type=JobType.TERMINATE,
        initiated_by="TERMINATE_RECOVERY_INSTANCES",
        created_at=now,
        created_order=order,
        tags={},
        participants={server.server_id: Participant(server_id=server.server_id, pace=_NO_PACE) for server in servers},
        lists_participants=world.settings.terminate_jobs_list_servers,
        instance_ids=tuple(wanted),
        caller=caller,
    )
    state.jobs[job_id] = state.active_jobs[job_id] = job
    _Termination(world, state, job, instances).begin(now)
    return job


def end_earlier_instances(run: JobRun, when: datetime) -> None:
    """A launch of a server, drill or recovery, ends all its earlier instances; termination protection keeps one.

    Recoveries are ended too, and instances that were disconnected and deleted from DRS but still run in EC2 (DRS user
    guide, "Recovery instances" and the FAQ).
    """
    for server_id in run.job.participants:
        spared = instance_to_launch_into(run.state.servers[server_id].launch_configuration)
        registered = [each.instance_id for each in run.state.recovery_instances.values() if each.server_id == server_id]
        deleted = [instance_id for instance_id, owner in run.state.deleted_instances.items() if owner == server_id]
        for instance_id in (*registered, *deleted):
            if instance_id == spared:
                continue
            data = {"sourceServerID": server_id, "targetInstanceID": instance_id}
            run.log(when, "CLEANUP_START", data)
            run.world.in_background(_termination(run, instance_id), partial(_earlier_ended, run, data), when)


def _termination(run: JobRun, instance_id: str) -> Callable[[], str | None]:
    """Terminates an instance in the name of the job's caller; its result is None or EC2's error."""
    known = run.state.recovery_instances.get(instance_id)
    tags = known.tags if known is not None else MANAGED
    rights = [replace(right, tags=tags) if right.on == "instance" else right for right in TERMINATION]
    job, world = run.job, run.world

    def terminate() -> str | None:
        refused = world.rights.find_refusal(
            rights, caller=job.caller, account=job.account, region=job.region, ids={"instance": instance_id}
        )
        return refused or world.ec2.terminate(job.account, job.region, instance_id)

    return terminate


def _earlier_ended(run: JobRun, data: dict[str, str], error: str | None, when: datetime) -> None:
    if error is not None:
        run.log(when, "CLEANUP_FAIL", data | {"rawError": error})
        return
    run.log(when, "CLEANUP_END", data)
    instance_id = data["targetInstanceID"]
    run.state.deleted_instances.pop(instance_id, None)
    if (instance := run.state.recovery_instances.get(instance_id)) is not None:
        _forget_instance(run.world, run.state, instance)


def _forget_instance(world: World, state: RegionState, instance: RecoveryInstance) -> None:
    lose_instance(world, instance)
    state.recovery_instances.pop(instance.instance_id, None)
    server = state.servers.get(instance.server_id)
    if server is not None and server.recovery_instance_id == instance.instance_id:
        server.recovery_instance_id = None


class _Termination:
    """A TERMINATE job in progress: EC2 is called at once, DRS ends the job later."""

    def __init__(self, world: World, state: RegionState, job: Job, instances: Sequence[RecoveryInstance]) -> None:
        self._world = world
        self._state = state
        self._job = job
        self._instances = instances
        self._errors: dict[str, str] = {}
        self._unanswered = {instance.instance_id for instance in instances}
        self._time_is_over = False
        lead = lead_of(
            [
                LaunchKey(
                    seed=world.settings.seed,
                    account=state.account,
                    region=state.region,
                    server_id=instance.server_id,
                    launch_number=state.servers[instance.server_id].launch_number
                    if instance.server_id in state.servers
                    else 0,
                )
                for instance in instances
            ]
        )
        self._seconds = draw_termination_seconds(lead, world.settings.durations, servers=len(instances))
        self._run = JobRun(world=world, state=state, job=job, pace=_job_pace(world))

    def begin(self, now: datetime) -> None:
        """Schedules the job."""
        self._run.begin(now, self._started)

    def _started(self, when: datetime) -> None:
        self._job.status = JobStatus.STARTED
        self._run.log(when, "JOB_START")
        for instance in self._instances:
            instance.ec2_state = "SHUTTING-DOWN"
            self._run.log(when, "CLEANUP_START", _line(instance))
            work = _termination(self._run, instance.instance_id)
            self._world.in_background(work, partial(self._ec2_answered, instance), when)
        self._world.after(when, self._seconds, self._over)

    def _ec2_answered(self, instance: RecoveryInstance, error: str | None, when: datetime) -> None:
        self._unanswered.discard(instance.instance_id)
        if error is not None:
            self._errors[instance.instance_id] = error
        if self._time_is_over:
            self._over(when)

    def _over(self, when: datetime) -> None:
        self._time_is_over = True
        if self._unanswered:
            return
        for instance in self._instances:
            self._clean_up(instance, when)
        self._world.after(when, self._run.pace.closing, self._run.ended)

    def _clean_up(self, instance: RecoveryInstance, when: datetime) -> None:
        error = self._errors.get(instance.instance_id)
        participant = self._job.participants.get(instance.server_id)
        if participant is not None:
            participant.status = LaunchStatus.TERMINATED if error is None else LaunchStatus.FAILED
        if error is None:
            self._run.log(when, "CLEANUP_END", _line(instance))
            _forget_instance(self._world, self._state, instance)
        else:
            instance.ec2_state = "RUNNING"
            self._run.log(when, "CLEANUP_FAIL", _line(instance) | {"rawError": error})


def _line(instance: RecoveryInstance) -> dict[str, str]:
    return {"sourceServerID": instance.server_id, "targetInstanceID": instance.instance_id}


def _job_pace(world: World) -> JobPace:
    return JobPace(start=world.settings.durations.job_start, preparation=0, closing=2.0, participants_late=False)
