"""The last phase of a server in a LAUNCH job: its real instance, and what DRS then says about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from drs_emulator.agents import await_agent
from drs_emulator.caller_rights import (
    CONVERSION,
    LAUNCH,
    LAUNCH_INTO,
    LAUNCH_INTO_INSTANCE,
    READING,
    SNAPSHOT,
    Right,
)
from drs_emulator.faults import FaultKind
from drs_emulator.identifiers import make_arn
from drs_emulator.instances import InstanceOutcome, InstanceRequest
from drs_emulator.job_run import JobRun
from drs_emulator.launch_into import instance_to_launch_into
from drs_emulator.launch_templates import drs_tags, template_request
from drs_emulator.records import JobStatus, LaunchStatus, Participant, RecoveryInstance, SourceServer
from drs_emulator.run_arguments import Launching


class InstanceLaunches:
    """Launches of one job. A launch ends when its time is over and EC2 has answered, whichever is later."""

    def __init__(self, run: JobRun) -> None:
        self.run = run
        self._world = run.world

    def begin(self, participant: Participant, when: datetime) -> None:
        """LAUNCH_START shortly after the conversion, and never before the job itself has started."""
        if self.run.job.status is JobStatus.PENDING:
            self._world.after(when, 1.0, partial(self.begin, participant))
            return
        self._world.after(when, participant.pace.launch_after_conversion, partial(self._start, participant))

    def tell_failure(self, participant: Participant, _when: datetime) -> None:
        """The event of a launch that failed."""
        self._tell(participant, "RECOVERY_LAUNCH_FAILED")

    def _start(self, participant: Participant, when: datetime) -> None:
        self.run.log(when, "LAUNCH_START", {"sourceServerID": participant.server_id})
        self.run.show_progress(participant)
        occasion = self.run.occasion(participant)
        failure = self._world.faults.strike(FaultKind.LAUNCH_FAILED, occasion)
        if failure is not None:
            raw_error = str(failure.parameters.get("rawError", "InsufficientInstanceCapacity"))
            self._world.after(when, participant.pace.launch * 0.1, partial(self._fail, participant, raw_error))
            return
        nameless = self._world.faults.strike(FaultKind.NO_INSTANCE_ID, occasion)
        participant.shows_instance_id = nameless is None
        self._world.after(when, participant.pace.launch, partial(self._due, participant))
        if nameless is not None and nameless.parameters.get("instanceExists") is False:
            participant.ec2_has_answered = True
            return
        request = self._request(participant)
        into = request.into_instance_id
        participant.instance_tags = dict(LAUNCH_INTO if into else request.launching.drs_tags)
        job = self.run.job
        asked = partial(self._world.rights.find_refusal, caller=job.caller, account=job.account, region=job.region)
        work = partial(self._world.ec2.run, request, lambda rights, ids: asked(rights, ids=ids))
        self._world.in_background(work, partial(self._ec2_answered, participant), when)

    def _request(self, participant: Participant) -> InstanceRequest:
        state = self.run.state
        server = state.servers[participant.server_id]
        configuration = server.launch_configuration
        into = instance_to_launch_into(configuration)
        return InstanceRequest(
            account=state.account,
            region=state.region,
            server_id=server.server_id,
            launch_number=server.launch_number,
            template_id=server.launch_template_id,
            template=template_request(self._world, state, server),
            launching=Launching(
                instance_type=server.recommended_instance_type,
                right_sized=configuration["targetInstanceTypeRightSizingMethod"] != "NONE",
                private_ip=server.private_ip if configuration["copyPrivateIp"] else None,
                disks=[(disk.device_name, disk.size_gib) for disk in server.disks],
                copied_tags=_copied_tags(server),
                drs_tags=self._drs_tags(server),
            ),
            rights=_rights(server, converts=participant.pace.conversion > 0, into=into is not None),
            windows=server.windows,
            start=configuration["launchDisposition"] == "STARTED",
            into_instance_id=into,
        )

    def _drs_tags(self, server: SourceServer) -> dict[str, str]:
        job = self.run.job
        return {
            **drs_tags(server),
            "AWSElasticDisasterRecoveryJobID": job.job_id,
            "AWSElasticDisasterRecoveryLaunchType": "DRILL" if job.is_drill else "RECOVERY",
            "drs.amazonaws.com-job": job.job_id,
            "drs.amazonaws.com-source-server": server.server_id,
        }

    def _ec2_answered(self, participant: Participant, outcome: InstanceOutcome, when: datetime) -> None:
        server = self.run.state.servers.get(participant.server_id)
        if server is not None and outcome.template_id is not None:
            server.launch_template_id = outcome.template_id
        if outcome.instance_id is None:
            self._fail(participant, outcome.error or "EC2 gave no instance.", when)
            return
        participant.instance_id = outcome.instance_id
        participant.ec2_state = outcome.state
        participant.ec2_has_answered = True
        if participant.launch_is_due:
            self._launched(participant, when)

    def _fail(self, participant: Participant, raw_error: str, when: datetime) -> None:
        self.run.fail(participant, when, "LAUNCH_FAILED", raw_error)

    def _due(self, participant: Participant, when: datetime) -> None:
        if participant.done:
            return
        step = partial(self._time_is_over, participant)
        if not self._world.hold(FaultKind.LAUNCH_STUCK, self.run.occasion(participant), when, step):
            step(when)

    def _time_is_over(self, participant: Participant, when: datetime) -> None:
        participant.launch_is_due = True
        if participant.ec2_has_answered and not participant.done:
            self._launched(participant, when)

    def _launched(self, participant: Participant, when: datetime) -> None:
        data = {"sourceServerID": participant.server_id}
        if participant.instance_id is not None:
            data["targetInstanceID"] = participant.instance_id
            self._register_instance(participant, participant.instance_id, when)
        self.run.log(when, "LAUNCH_END", data)
        if self.run.state.servers[participant.server_id].launch_configuration["postLaunchEnabled"]:
            participant.ssm_agent_seen_at = when
        self._tell(participant, "RECOVERY_LAUNCH_SUCCEEDED")
        if participant.pace.status_late:
            participant.settles_late = True
        else:
            self._settle(participant)
        self.run.finish(participant, when)

    def _settle(self, participant: Participant) -> None:
        participant.status = LaunchStatus.LAUNCHED
        server = self.run.state.servers.get(participant.server_id)
        last = None if server is None else server.last_launch
        if server is not None and last is not None and last.job_id == self.run.job.job_id:
            server.last_launch = replace(last, status=LaunchStatus.LAUNCHED)

    def settle_late(self, when: datetime) -> None:
        """Servers whose LAUNCHED shows only some seconds after the job is COMPLETED."""
        for participant in self.run.job.participants.values():
            if participant.settles_late:
                seconds = self._world.settings.durations.status_settles_after_job
                self._world.after(when, seconds, partial(self._settle_at, participant))

    def _settle_at(self, participant: Participant, _when: datetime) -> None:
        self._settle(participant)

    def _register_instance(self, participant: Participant, instance_id: str, when: datetime) -> None:
        state = self.run.state
        state.servers[participant.server_id].recovery_instance_id = instance_id
        state.recovery_instances[instance_id] = RecoveryInstance(
            instance_id=instance_id,
            arn=make_arn(state.account, state.region, f"recovery-instance/{instance_id}"),
            server_id=participant.server_id,
            job_id=self.run.job.job_id,
            is_drill=self.run.job.is_drill,
            launched_at=when,
            data_at=participant.data_at,
            tags=participant.instance_tags,
            ec2_state=participant.ec2_state,
            order=state.next_order(),
        )
        await_agent(self._world, state, state.recovery_instances[instance_id], when)

    def _tell(self, participant: Participant, outcome: str) -> None:
        job = self.run.job
        detail = {
            "state": outcome,
            "job-id": job.job_id,
            "is-drill": "TRUE" if job.is_drill else "FALSE",
        }
        server = self.run.state.servers[participant.server_id]
        self._world.publish(
            self.run.state,
            "DRS Source Server Launch Result",
            detail,
            resource=server.arn,
            server_id=server.server_id,
        )


def _rights(server: SourceServer, *, converts: bool, into: bool) -> tuple[Right, ...]:
    """What the caller must be allowed. An extended server is converted in the staging account, with that one's role."""
    before = () if server.extended else (*SNAPSHOT, *(CONVERSION if converts else ()))
    return (*READING, *before, *(LAUNCH_INTO_INSTANCE if into else LAUNCH))


def _copied_tags(server: SourceServer) -> dict[str, str]:
    copied = server.tags if server.launch_configuration["copyTags"] else {}
    named = {"Name": str(server.launch_configuration.get("name") or server.hostname)}
    return named | {key: value for key, value in copied.items() if not key.startswith("aws:")}
