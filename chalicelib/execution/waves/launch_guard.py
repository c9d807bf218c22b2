"""Keeps launches from ending instances that they must not end; the last look before DRS is asked.

DRS terminates a server's earlier instances at every new launch, so AWS is asked again right before each job: the start
may be hours ago. The look comes after the one at DRS's jobs. A launch that began since then is still in progress, so
DRS refuses ours; one that ended before shows its instance. A look is valid for less than any launch takes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from ...domain.access.context import CallContext
from ...domain.estate.accounts import Place, TargetAccount
from ...domain.launches.progress import ServerChange
from ...domain.runs.events import EventKind
from ...domain.runs.existing_instances import Own, admit_launch
from ...domain.runs.records import Execution, JobRun, ServerRun, ServerStatus, TimelineEvent, WaveRun
from ...domain.text import count_of
from ...preflight.existing_instances import find_existing
from ...store.writes.runs.servers import Before, EventsOf, record_changes
from ..notices.events import new_event

LOOK_LIFE = timedelta(seconds=50)
"""How long after the look a launch may be requested. The fastest launches by DRS take several minutes."""


class Cleared(msgspec.Struct, frozen=True):
    """The servers that may be launched, if DRS is asked before ``send_before``."""

    server_ids: tuple[str, ...]
    send_before: datetime


class LaunchGuard:
    """Looks at the servers of each job of one round; records those that fail or have to wait because of it."""

    def __init__(
        self,
        execution: Execution,
        wave: WaveRun,
        servers: Sequence[ServerRun],
        jobs: Sequence[JobRun],
        accounts: Mapping[str, TargetAccount],
        call: CallContext,
    ) -> None:
        self._execution = execution
        self._wave = wave
        self._runs = {run.source_server_id: run for run in servers}
        self._own = Own(
            execution.execution_id,
            frozenset(job.job_id for job in jobs if job.job_id),
            frozenset(run.recovery_instance_id for run in servers if run.recovery_instance_id),
        )
        self._accounts = accounts
        self._call = call
        self.waits = False

    def clear(self, place: Place, server_ids: Sequence[str]) -> Cleared:
        """The servers of a job that may be launched now.

        A server whose launch would end an instance of an earlier recovery fails, and says why. If AWS does not answer,
        the servers stay queued with that reason, until an answer or the end of the wave's time.
        """
        looked_at = self._call.now
        existing = find_existing({place: server_ids}, self._accounts, looked_at)
        runs = [self._runs[server_id] for server_id in server_ids]
        admission = admit_launch(runs, existing, self._execution.mode, own=self._own, now=looked_at)
        if admission.refused:
            self._record(ServerStatus.FAILED, admission.refused, self._failed)
        if admission.waiting:
            self.waits = True
            self._record(ServerStatus.NOT_STARTED, admission.waiting, self._waiting)
        return Cleared(admission.cleared, looked_at + LOOK_LIFE)

    def _record(self, status: ServerStatus, reasons: Mapping[str, str], lines: EventsOf) -> None:
        ended_at = self._call.now if status.is_final else None
        changes = [
            ServerChange(server_id, status, error=reason, ended_at=ended_at, hostname=self._runs[server_id].hostname)
            for server_id, reason in reasons.items()
        ]
        record_changes(self._wave.execution_id, self._wave.wave_number, changes, lines, before=Before.WAITING)

    def _failed(self, news: Sequence[ServerChange]) -> list[TimelineEvent]:
        return [
            self._line(
                EventKind.SERVER_FAILED,
                f"Server {change.hostname} failed. {change.error}",
                sourceServerId=change.source_server_id,
            )
            for change in news
        ]

    def _waiting(self, news: Sequence[ServerChange]) -> list[TimelineEvent]:
        wave = f"wave {self._wave.wave_number}"
        reasons = " ".join(sorted({change.error for change in news}))
        message = (
            f"{count_of(len(news), 'server')} of {wave} queued: {reasons} The check is repeated until it succeeds."
        )
        return [self._line(EventKind.SERVERS_QUEUED, message)]

    def _line(self, kind: EventKind, message: str, **details: str) -> TimelineEvent:
        wave_number = self._wave.wave_number
        return new_event(self._wave.execution_id, self._call.now, kind, message, wave_number=wave_number, **details)
