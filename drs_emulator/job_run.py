"""What every job does: start, log, snapshot, convert, fail servers, end. What follows a conversion is passed in."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from drs_emulator.faults import FaultKind, Occasion
from drs_emulator.identifiers import format_time, make_id
from drs_emulator.point_events import publish_point
from drs_emulator.records import Job, JobStatus, LastLaunch, LaunchStatus, LogItem, Participant, RegionState
from drs_emulator.replication import newest_consistent_at, takes_new_points
from drs_emulator.schedule import Action
from drs_emulator.timeline import JobPace
from drs_emulator.world import World

AfterConversion = Callable[[Participant, datetime], None]


@dataclass(kw_only=True)
class JobRun:
    """A job in progress. Its methods are the steps, each called with its scheduled instant under the lock."""

    world: World
    state: RegionState
    job: Job
    pace: JobPace
    after_conversion: AfterConversion | None = None
    on_failure: Callable[[Participant, datetime], None] | None = None
    before_servers: Callable[[datetime], None] | None = None
    after_end: Callable[[datetime], None] | None = None
    starts_elsewhere: frozenset[str] = frozenset()
    _waiting: list[Participant] = field(default_factory=list)
    _prepared_at: datetime | None = None

    def begin(self, now: datetime, started: Action | None = None) -> None:
        """Schedules the start and everything that follows from it; `started` replaces what a launch does then."""
        late = self.world.faults.strike(FaultKind.LATE_START, self.occasion())
        delay = float(late.parameters.get("delaySeconds", 300.0)) if late is not None else 0.0
        empty = self.world.faults.strike(FaultKind.EMPTY_PARTICIPATING_SERVERS, self.occasion())
        if empty is not None:
            self.job.lists_participants = False
            if (seconds := empty.parameters.get("forSeconds")) is not None:
                self.world.after(now, float(seconds), self._list_participants)
        elif self.pace.participants_late:
            self.job.lists_participants = False
            self.world.after(now, delay + self.pace.start, self._list_participants)
        self.world.after(now, delay + self.pace.start, started or self._started)

    def occasion(self, participant: Participant | None = None) -> Occasion:
        """Where a fault of this job, or of one of its servers, may apply."""
        chosen = [participant] if participant is not None else list(self.job.participants.values())
        servers = [self.state.servers[each.server_id] for each in chosen]
        return Occasion(
            account=self.job.account,
            region=self.job.region,
            server_ids=[server.server_id for server in servers],
            hostnames=[server.hostname for server in servers],
            job_ids=[self.job.job_id],
            key="|".join(f"{server.server_id}#{server.launch_number}" for server in servers),
        )

    def log(self, at: datetime, event: str, data: dict[str, Any] | None = None) -> None:
        """Adds a line to the job's log, kept in the order of time."""
        insort(self.job.log, LogItem(at=at, event=event, data=data or {}), key=lambda item: item.at)

    def show_progress(self, participant: Participant) -> None:
        """A server that was PENDING is IN_PROGRESS: when the job starts, or as observed when its launch starts."""
        if participant.status is LaunchStatus.PENDING:
            participant.status = LaunchStatus.IN_PROGRESS
            self._record_last_launch(participant, LaunchStatus.IN_PROGRESS)

    def finish(self, participant: Participant, when: datetime) -> None:
        """Marks one server as done; the last one closes the job."""
        participant.done = True
        if all(each.done for each in self.job.participants.values()):
            self.world.after(when, self.pace.closing, self.ended)

    def fail(self, participant: Participant, when: datetime, event: str, raw_error: str) -> None:
        """Ends one server's part with an error; the job continues."""
        participant.status = LaunchStatus.FAILED
        participant.raw_error = raw_error
        self.log(when, event, {"sourceServerID": participant.server_id, "rawError": raw_error})
        self._record_last_launch(participant, LaunchStatus.FAILED)
        if self.on_failure is not None:
            self.on_failure(participant, when)
        self.finish(participant, when)

    def ended(self, when: datetime) -> None:
        """JOB_END: the job is COMPLETED, whatever the result of its servers."""
        self.log(when, "JOB_END")
        self.job.status = JobStatus.COMPLETED
        self.job.ended_at = when
        self.state.active_jobs.pop(self.job.job_id, None)
        durations = self.world.settings.durations
        for participant in self.job.participants.values():
            unlock = partial(self._unlock, participant.server_id)
            if participant.status is LaunchStatus.FAILED:
                self.world.after(when, durations.failed_server_stays_locked, unlock)
            else:
                unlock(when)
        if self.after_end is not None:
            self.after_end(when)

    def _list_participants(self, _when: datetime) -> None:
        self.job.lists_participants = True

    def _unlock(self, server_id: str, _when: datetime) -> None:
        server = self.state.servers.get(server_id)
        if server is not None and server.locked_by == self.job.job_id:
            server.locked_by = None

    def _record_last_launch(self, participant: Participant, status: LaunchStatus) -> None:
        server = self.state.servers[participant.server_id]
        if self.job.initiated_by in {"START_DRILL", "START_RECOVERY"}:
            server.last_launch = LastLaunch(
                job_id=self.job.job_id, called_at=self.job.created_at, is_drill=self.job.is_drill, status=status
            )

    def _started(self, when: datetime) -> None:
        self.job.status = JobStatus.STARTED
        self.log(when, "JOB_START")
        if self.before_servers is not None:
            self.before_servers(when)
        self.world.after(when, self.pace.preparation - self.pace.start, self._prepared)
        for participant in self.job.participants.values():
            if not self.world.settings.as_observed:
                self.show_progress(participant)
            if participant.server_id not in self.starts_elsewhere:
                step = partial(self._snapshot, participant)
                self.world.after(when, participant.pace.snapshot_after_start, step)

    def _snapshot(self, participant: Participant, when: datetime) -> None:
        server = self.state.servers[participant.server_id]
        identified = {"sourceServerID": server.server_id}
        if participant.snapshot_id is None and takes_new_points(self.world, self.state, server):
            participant.data_at = when
            self.log(when, "SNAPSHOT_START", identified)
            self.world.after(when, participant.pace.snapshot, partial(self._snapshot_end, participant))
            return
        if participant.data_at is None:
            participant.data_at = newest_consistent_at(self.world, self.state, server, when)
        if participant.data_at is None:
            self.fail(participant, when, "SERVER_SKIPPED", "The server has no consistent recovery point.")
            return
        self._use_previous(participant, when)

    def _use_previous(self, participant: Participant, when: datetime) -> None:
        self.log(when, "USING_PREVIOUS_SNAPSHOT", {"sourceServerID": participant.server_id})
        occasion = self.occasion(participant)
        gone = self.world.faults.find_standing(FaultKind.RECOVERY_POINT_AGED_OUT, occasion)
        if gone is not None and gone.rule.parameters.get("afterStart") and participant.snapshot_id is not None:
            self.fail(
                participant,
                when,
                "USING_PREVIOUS_SNAPSHOT_FAILED",
                f"Recovery snapshot {participant.snapshot_id} does not exist any more.",
            )
            return
        self._snapshot_taken(participant, when)

    def _snapshot_end(self, participant: Participant, when: datetime) -> None:
        step = partial(self._snapshot_ended, participant)
        if not self.world.hold(FaultKind.SNAPSHOT_STUCK, self.occasion(participant), when, step):
            step(when)

    def _snapshot_ended(self, participant: Participant, when: datetime) -> None:
        rule = self.world.faults.strike(FaultKind.SNAPSHOT_FAILED, self.occasion(participant))
        if rule is not None:
            raw_error = rule.parameters.get("rawError", "SnapshotCreationPerVolumeRateExceeded")
            self.fail(participant, when, "SNAPSHOT_FAIL", raw_error)
            return
        self.log(when, "SNAPSHOT_END", {"sourceServerID": participant.server_id})
        snapshot_id = make_id("pit-", self.job.job_id, participant.server_id)
        publish_point(self.world, self.state, self.state.servers[participant.server_id], snapshot_id)
        self._snapshot_taken(participant, when)

    def _snapshot_taken(self, participant: Participant, when: datetime) -> None:
        """Waits for the job's preparation: servers of a job progress almost together."""
        if self._prepared_at is None:
            self._waiting.append(participant)
        else:
            self._convert(participant, when)

    def _prepared(self, when: datetime) -> None:
        self._prepared_at = when
        waiting, self._waiting = self._waiting, []
        for participant in waiting:
            self._convert(participant, when)

    def _convert(self, participant: Participant, when: datetime) -> None:
        if participant.pace.conversion <= 0:
            self._conversion_over(participant, when)
            return
        server = self.state.servers[participant.server_id]
        data = {
            "sourceServerID": server.server_id,
            "conversionServerID": make_id("i-", "conversion", self.job.job_id, server.server_id),
        }
        self.log(when, "CONVERSION_START", data)
        self.world.after(when, participant.pace.conversion, partial(self._conversion_end, participant, data))

    def _conversion_end(self, participant: Participant, data: dict[str, Any], when: datetime) -> None:
        step = partial(self._converted, participant, data)
        if not self.world.hold(FaultKind.CONVERSION_STUCK, self.occasion(participant), when, step):
            step(when)

    def _converted(self, participant: Participant, data: dict[str, Any], when: datetime) -> None:
        rule = self.world.faults.strike(FaultKind.CONVERSION_FAILED, self.occasion(participant))
        if rule is not None:
            raw_error = rule.parameters.get("rawError", "Conversion server did not boot.")
            self.fail(participant, when, "CONVERSION_FAIL", raw_error)
            return
        taken_at = participant.data_at or when
        properties = {"dataTimestamp": format_time(taken_at)}
        self.log(when, "CONVERSION_END", data | {"conversionProperties": properties})
        self._conversion_over(participant, when)

    def _conversion_over(self, participant: Participant, when: datetime) -> None:
        if self.after_conversion is not None:
            self.after_conversion(participant, when)
